import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import type { Decision } from '@capstan/policy';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { ExitCode } from '../frame/exit-code.ts';
import { judge, readQuestion, type Judgement, type Question } from '../run/judge.ts';

import { parseMode, policyOf } from '../project/mode.ts';
import { rootOf } from '../project/open-project.ts';
import { plainText } from '../render/plain-text.ts';

interface Flags {
  readonly command?: string;
  readonly path?: string;
  readonly op: string;
  readonly url?: string;
  readonly batch?: boolean;
  readonly mode: string;
}

const help = `
Examples:
  capstan policy guard --command "rm -rf build"
  capstan policy guard --path .env --op write --mode full-auto
  echo '{"kind":"shell","input":"git push --force"}' | capstan policy guard --batch

Exit codes: 0 allowed · 3 denied · 4 a person would be asked. --batch ends with 0 when every line could be judged.`;

const exits: Readonly<Record<Decision['verdict'], ExitCode>> = { allow: 0, ask: 4, deny: 3 };

/** `capstan policy guard`: what the rules say of a command, a path or an address, as a verdict and an exit code. */
export function guardCommand(cli: Cli): Command {
  const guard = withGlobals(new Command('guard'))
    .description('Judge a command line, a path or an address')
    .option('--command <line>', 'a command line, as a shell would read it')
    .option('--path <path>', 'a file or folder')
    .option('--op <op>', 'what would be done with it: read, write, create, modify or delete', 'read')
    .option('--url <url>', 'an address')
    .option('--batch', 'judge lines of JSON on stdin: {"kind":"shell"|"path"|"url","input":…,"op":…}')
    .option('--mode <mode>', 'read-only, suggest, auto-edit or full-auto', 'auto-edit')
    .addHelpText('after', help);
  return guard.action(async (flags: Flags) => {
    const globals = globalsOf(cli, guard);
    const root = rootOf(cli, globals);
    const policy = await policyOf(parseMode(flags.mode), root);
    if (flags.batch) return batch(cli, (question) => judge(question, policy, root));
    const judgement = await judge(question(flags), policy, root);
    const colour = colourOf(cli, globals);
    cli.finish('policy guard', { payload: judgement, text: words(judgement, colour), exit: exits[judgement.verdict] });
  });
}

function question({ command, path, op, url }: Flags): Question {
  const asked: Question[] = [];
  if (command !== undefined) asked.push({ kind: 'shell', input: command });
  if (path !== undefined) asked.push({ kind: 'path', input: path, op });
  if (url !== undefined) asked.push({ kind: 'url', input: url });
  const [first, second] = asked;
  if (first && !second) return first;
  throw new CapstanError('invalid_config', 'Give one of --command, --path, --url and --batch.', {
    where: 'policy guard',
  });
}

function words({ verdict, rule, reason }: Judgement, colour: ReturnType<typeof colourOf>): string {
  const paint = { allow: colour.green, ask: colour.yellow, deny: colour.red }[verdict];
  return `${paint(verdict)}  ${rule}  ${plainText(reason)}`;
}

/** Answers each line with a line, as it comes, so that a program can keep one guard open. */
async function batch(cli: Cli, answer: (question: Question) => Promise<Judgement>): Promise<void> {
  const { createInterface } = await import('node:readline');
  const counts = { allow: 0, ask: 0, deny: 0, failed: 0 };
  for await (const line of createInterface({ input: cli.io.stdin })) {
    if (line.trim() === '') continue;
    try {
      const judgement = await answer(readQuestion(line));
      counts[judgement.verdict] += 1;
      await cli.io.out(`${JSON.stringify(judgement)}\n`);
    } catch (cause) {
      counts.failed += 1;
      const message = cause instanceof Error ? cause.message : String(cause);
      await cli.io.out(`${JSON.stringify({ verdict: 'ask', rule: 'not-understood', reason: message, effects: [] })}\n`);
    }
  }
  cli.finish('policy guard', { payload: counts, exit: counts.failed > 0 ? 2 : 0 });
}
