import type { AssistantMessage, Json, Message, ToolMessage } from '@capstan/sdk/contract';
import { modelParts, ownState, type PartsText, responseParts, userParts } from './parts.ts';

/** A conversation in Gemini's words. */
export interface Contents {
  /** JSON text of `contents`. */
  readonly json: string;
  /** Set when the last message is to be continued where it was cut. */
  readonly continuationToken?: Json;
}

interface Content {
  readonly role: 'user' | 'model';
  /** Responses to the calls just before; Gemini wants them first and all of them. */
  readonly responses: PartsText[];
  readonly parts: PartsText[];
}

interface OpenCall {
  readonly tool: string;
  readonly id: string | undefined;
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
  const list = collect(token === undefined ? messages : messages.slice(0, -1), current);
  const texts = list.flatMap(({ role, responses, parts }) => {
    const all = [...responses, ...parts].filter(Boolean).join(',');
    return all === '' ? [] : [`{"role":"${role}","parts":[${all}]}`];
  });
  return { json: `[${texts.join(',')}]`, ...(token === undefined ? {} : { continuationToken: token }) };
}

function collect(messages: readonly Message[], current: boolean): Content[] {
  const list: Content[] = [];
  let open = new Map<string, OpenCall>();
  const contentOf = (role: Content['role']): Content => {
    const last = list.at(-1);
    if (last?.role === role) return last;
    const content: Content = { role, responses: [], parts: [] };
    list.push(content);
    return content;
  };
  const closeCalls = (): void => {
    for (const call of open.values()) contentOf('user').responses.push(missingResponse(call));
    open = new Map();
  };

  for (const message of messages) {
    if (message.role === 'assistant') {
      closeCalls();
      contentOf('model').parts.push(modelParts(message, current));
      open = callsOf(message);
      continue;
    }
    if (message.role === 'user') {
      closeCalls();
      contentOf('user').parts.push(userParts(message));
      continue;
    }
    const call = open.get(message.callId);
    open.delete(message.callId);
    if (call) contentOf('user').responses.push(responseParts(message, { id: call.id, nested: current }));
    else contentOf('user').parts.push(lateResult(message));
  }
  closeCalls();
  return list;
}

function callsOf(message: AssistantMessage): Map<string, OpenCall> {
  const calls = new Map<string, OpenCall>();
  for (const part of message.parts) {
    if (part.type !== 'call') continue;
    const id = ownState(part.provider)?.['id'];
    calls.set(part.callId, { tool: part.tool, id: typeof id === 'string' ? id : undefined });
  }
  return calls;
}

function missingResponse({ tool, id }: OpenCall): PartsText {
  return JSON.stringify({
    functionResponse: {
      ...(id === undefined ? {} : { id }),
      name: tool,
      response: { error: 'The call was interrupted and has no result.' },
    },
  });
}

/** A result whose call is no longer in the conversation would be refused as a response. */
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
