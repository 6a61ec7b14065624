import type { ModelEvent, ProviderState } from '@capstan/sdk/contract';
import type { ReplyContext, StreamEncoder } from './dialect.ts';
import { chunkOf } from './google-encode.ts';
import { googleError } from './google-failure.ts';
import { callPart, type GooglePart, opaquePart, signed, signedLast } from './google-parts.ts';
import { replayParts } from './replay-parts.ts';

interface OpenCall {
  readonly tool: string;
  readonly pieces: string[];
  readonly provider: ProviderState | undefined;
}

/** Streams a reply as Gemini does: each chunk a reply of its own, a call whole in one of them. */
export function googleStream(context: ReplyContext): StreamEncoder {
  const list = context.wants['list'] === true;
  const calls = new Map<string, OpenCall>();
  let chunks = 0;
  let said = false;
  let words: 'text' | 'reasoning' | undefined;

  function write(chunk: object): string {
    chunks += 1;
    if (!list) return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
    return `${chunks === 1 ? '[' : ',\r\n'}${JSON.stringify(chunk)}`;
  }

  const part = (one: GooglePart): string => write(chunkOf([one], context));

  /** Arguments are an object to Gemini, so a call waits until they are whole. */
  function callsSoFar(): string {
    let out = '';
    for (const [callId, { tool, pieces, provider }] of calls)
      out += part(callPart(callId, tool, pieces.join(''), provider));
    calls.clear();
    return out;
  }

  function speak(kind: 'text' | 'reasoning', text: string, provider: ProviderState | undefined): string {
    const thought = kind === 'reasoning' ? { thought: true } : {};
    let out = callsSoFar();
    if (text !== '') out += part({ text, ...thought, ...signed(provider) });
    else if (provider && (words === kind || kind === 'text'))
      out += part({ text: '', ...thought, ...signedLast(provider) });
    else if (provider) out += part(opaquePart(provider));
    words = provider ? undefined : kind;
    return out;
  }

  function delta(event: ModelEvent): string {
    switch (event.type) {
      case 'text.delta':
        return speak('text', event.text, event.provider);
      case 'reasoning.delta':
        return speak('reasoning', event.text, event.provider);
      case 'tool.delta': {
        words = undefined;
        const known = calls.get(event.callId);
        if (known) known.pieces.push(event.json);
        else calls.set(event.callId, { tool: event.tool, pieces: [event.json], provider: event.provider });
        return '';
      }
      default:
        return '';
    }
  }

  return {
    contentType: list ? 'application/json; charset=utf-8' : 'text/event-stream; charset=utf-8',
    keepAlive: list ? '\r\n' : ': keep-alive\n\n',
    encode(event) {
      if (event.type !== 'message') {
        said ||= event.type !== 'switch';
        return delta(event);
      }
      const parts = said ? '' : replayParts(event.message).map(delta).join('');
      const end = { stopReason: event.stopReason, usage: event.usage };
      return `${parts}${callsSoFar()}${write(chunkOf([{ text: '' }], context, end))}${list ? ']' : ''}`;
    },
    // The list ends as Google ends it, with the error as its last member.
    fail: (failure) => `${write({ error: googleError(failure) })}${list ? ']' : ''}`,
  };
}
