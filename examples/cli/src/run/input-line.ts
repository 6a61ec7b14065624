import { CapstanError, type RunInput, type UserPart } from '@capstan/sdk/contract';

/** What a program says on stdin with `--input-format stream-json`, a line of JSON each. */
export type InputLine =
  | { readonly type: 'user'; readonly input: RunInput }
  | { readonly type: 'steer'; readonly text: string }
  | { readonly type: 'approve'; readonly callId: string }
  | { readonly type: 'deny'; readonly callId: string; readonly reason?: string }
  | { readonly type: 'stop' };

const kinds = 'user, steer, approve, deny or stop';

/**
 * Reads a line: `{"type":"user","text":"…"}`, `{"type":"steer","text":"…"}`, `{"type":"approve","callId":"…"}`,
 * `{"type":"deny","callId":"…","reason":"…"}` or `{"type":"stop"}`. A user's line may also hold
 * `{"message":{"content":…}}`, as other command lines take it.
 *
 * @throws {CapstanError} `invalid_config` saying what is wrong with the line.
 */
export function inputLine(text: string, number: number): InputLine {
  const wrong = (what: string) =>
    new CapstanError('invalid_config', `Line ${number} of stdin ${what}.`, { where: `stdin:${number}` });
  const line = asObject(json(text));
  if (!line) throw wrong('is not an object of JSON');
  const word = (field: string) => {
    const value = line[field];
    if (typeof value === 'string' && value !== '') return value;
    throw wrong(`has no "${field}"`);
  };
  switch (line['type']) {
    case 'user': {
      const input = userInput(line);
      if (input === undefined || input.length === 0) throw wrong('has no "text" and no "message" that can be read');
      return { type: 'user', input };
    }
    case 'steer':
      return { type: 'steer', text: word('text') };
    case 'approve':
      return { type: 'approve', callId: word('callId') };
    case 'deny': {
      const callId = word('callId');
      return { type: 'deny', callId, ...(line['reason'] === undefined ? {} : { reason: word('reason') }) };
    }
    case 'stop':
      return { type: 'stop' };
    default:
      throw wrong(`has the type ${JSON.stringify(line['type'])}, not ${kinds}`);
  }
}

function userInput(line: Readonly<Record<string, unknown>>): RunInput | undefined {
  if (typeof line['text'] === 'string') return line['text'];
  const content = asObject(line['message'])?.['content'];
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.map(userPart);
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** A part of a message: our own, or Anthropic's image with its `source`. */
function userPart(value: unknown): UserPart | undefined {
  const part = asObject(value);
  if (!part) return undefined;
  if (part['type'] === 'text')
    return typeof part['text'] === 'string' ? { type: 'text', text: part['text'] } : undefined;
  if (part['type'] !== 'image') return undefined;
  const source = asObject(part['source']) ?? part;
  const mediaType = source['media_type'] ?? source['mediaType'];
  const { data, url } = source;
  if (typeof mediaType !== 'string') return undefined;
  if (typeof data === 'string') return { type: 'image', mediaType, data };
  if (typeof url === 'string') return { type: 'image', mediaType, url };
  return undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
