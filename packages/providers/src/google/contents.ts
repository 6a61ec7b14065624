import type { Json, Message, ToolCallPart, ToolMessage } from '@capstan/sdk/contract';
import { type Turn, turnKeeper, type Turns } from '../wire/turns.ts';
import { modelParts, ownState, type PartsText, responseParts, userParts } from './parts.ts';

/** A conversation in Gemini's words. */
export interface Contents {
  /** JSON text of `contents`. */
  readonly json: string;
  /** Set when the last message is to be continued where it was cut. */
  readonly continuationToken?: Json;
}

/**
 * Turns a conversation into the JSON text of Gemini's `contents`.
 *
 * Neighbours of one role become one content, each call has its response in the very next content (a call without one gets
 * an error, a result without its call becomes text), and calls of another vendor are marked as such, as Gemini 3 refuses
 * a call without a thought signature.
 *
 * @param options.current Gemini 3 or later: it checks signatures and takes images inside a function response.
 */
export function contentsOf(messages: readonly Message[], { current }: { readonly current: boolean }): Contents {
  const token = continuationOf(messages.at(-1));
  const { written, last } = (current ? currentTurns : olderTurns)(
    token === undefined ? messages : messages.slice(0, -1),
  );
  const texts = last.map(contentJson);
  const json = `[${(written === '' ? texts : [written, ...texts]).join(',')}]`;
  return { json, ...(token === undefined ? {} : { continuationToken: token }) };
}

const currentTurns = keeper(true);
const olderTurns = keeper(false);

function keeper(current: boolean): (messages: readonly Message[]) => Turns {
  return turnKeeper({
    user: (message) => texts(userParts(message)),
    assistant: (message) => texts(modelParts(message, current)),
    result: (message, call) => responseParts(message, { id: idOf(call), nested: current }),
    late: lateResult,
    missing: missingResponse,
    turn: contentJson,
  });
}

function texts(parts: PartsText): readonly PartsText[] {
  return parts === '' ? [] : [parts];
}

function contentJson({ role, results, pieces }: Turn): string {
  return `{"role":"${role === 'user' ? 'user' : 'model'}","parts":[${[...results, ...pieces].join(',')}]}`;
}

/** The id that Gemini gave the call; without one it pairs calls and responses by name and order. */
function idOf(call: ToolCallPart): string | undefined {
  const id = ownState(call.provider)?.['id'];
  return typeof id === 'string' ? id : undefined;
}

function missingResponse(call: ToolCallPart): PartsText {
  const id = idOf(call);
  const response = { error: 'The call was interrupted and has no result.' };
  return JSON.stringify({ functionResponse: { ...(id === undefined ? {} : { id }), name: call.tool, response } });
}

function lateResult(message: ToolMessage): PartsText {
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
  return JSON.stringify({ text: `Result of an earlier call of ${message.tool}:\n${text}` });
}

function continuationOf(last: Message | undefined): Json | undefined {
  if (last?.role !== 'assistant') return undefined;
  return last.parts
    .map((part) => ownState(part.provider)?.['continuationToken'])
    .findLast((token) => token !== undefined);
}
