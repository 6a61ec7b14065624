import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Tape, TapeCall } from '@capstan/providers/tape';
import type { ModelEvent } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { count } from '../render/amounts.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { verifyCommand } from './tape-verify.ts';

const help = `
Examples:
  capstan run --record fix.tape "make the failing test pass"
  capstan tape show fix.tape
  capstan tape verify fix.tape   what would be asked otherwise today`;

/** `capstan tape`: model calls that were recorded. */
export function command(cli: Cli): Command {
  const tape = new Command('tape').description('Show recorded model calls, and what would be asked otherwise today');
  tape.addCommand(showCommand(cli), { isDefault: true });
  tape.addCommand(verifyCommand(cli));
  return tape.addHelpText('after', help);
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show each model call of a tape in a line')
    .argument('<file>', 'a tape, made with "capstan run --record"');
  return show.action(async (file: string) => {
    const { readTape } = await import('@capstan/providers/tape');
    const tape = readTape(resolve(cli.io.cwd, file));
    cli.finish('tape show', { payload: { ...tape, calls: tape.calls.map(payloadOf) }, text: words(tape) });
  });
}

function words({ model, calls }: Tape): string {
  const rows = calls.map((call, index) => {
    const { usage, tools, text } = answerOf(call);
    const tokens = usage ? `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out` : '?';
    const said = text.replaceAll(/\s+/g, ' ').trim().slice(0, 60);
    const what = typeof call.end === 'object' ? call.end.message : [...tools, said].filter(Boolean).join(' · ');
    return [String(index + 1), `${Math.round(call.ms)} ms`, tokens, what].map(plainText);
  });
  return `${model}, ${calls.length} calls\n${rows.length === 0 ? '' : table([['#', 'time', 'tokens', 'answer'], ...rows])}`;
}

function payloadOf(call: TapeCall): object {
  const { print, request, end, ms } = call;
  return { print, messages: request.messages.length, end, ms, ...answerOf(call) };
}

function answerOf({ events }: TapeCall) {
  const message = events.map(({ event }) => event).find((event: ModelEvent) => event.type === 'message');
  const parts = message?.message.parts ?? [];
  return {
    text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    tools: parts.flatMap((part) => (part.type === 'call' ? [part.tool] : [])),
    ...(message?.usage ? { usage: message.usage } : {}),
  };
}
