import type { AssistantPart, Json, Message, ResultPart, ToolCallPart, UserPart } from '@capstan/sdk/contract';
import { customArguments } from './custom-tool.ts';
import {
  type Fields,
  jsonTextAt,
  listAt,
  maybeObject,
  maybeText,
  nameAt,
  objectAt,
  refused,
  someAt,
  textAt,
} from './fields.ts';
import { fileAt, imageAt } from './media.ts';
import { splitId, stateOf } from './seal.ts';
import { joinInstructions, lateInstructions } from './settings.ts';

/** A conversation as Chat Completions has it. */
export interface ChatHistory {
  readonly instructions: string | undefined;
  readonly messages: readonly Message[];
}

/** Reads `messages`. Instructions at the start are the request's; later ones become marked words of the user. */
export function chatHistory(value: unknown): ChatHistory {
  const messages: Message[] = [];
  const instructions: string[] = [];
  const names = new Map<string, string>();
  for (const [index, one] of someAt(value, 'messages').entries()) {
    const where = `messages[${index}]`;
    const fields = objectAt(one, where);
    const role = nameAt(fields['role'], `${where}.role`);
    if (role === 'system' || role === 'developer') {
      const text = plainText(fields['content'], `${where}.content`);
      if (messages.length === 0) instructions.push(text);
      else messages.push({ role: 'user', parts: [{ type: 'text', text: lateInstructions(text) }] });
    } else messages.push(messageAt(fields, { where, role, names, index }));
  }
  return { instructions: joinInstructions(...instructions), messages };
}

interface Place {
  readonly where: string;
  readonly role: string;
  /** Names of tools by the ids of their calls. */
  readonly names: Map<string, string>;
  readonly index: number;
}

function messageAt(fields: Fields, { where, role, names, index }: Place): Message {
  const content = `${where}.content`;
  switch (role) {
    case 'user':
      return { role, parts: partsAt(fields['content'], content) };
    case 'assistant': {
      const parts = assistantParts(fields, where, index);
      for (const part of parts) if (part.type === 'call') names.set(part.callId, part.tool);
      return { role, parts };
    }
    case 'tool': {
      const { callId } = splitId(nameAt(fields['tool_call_id'], `${where}.tool_call_id`));
      return { role, callId, tool: names.get(callId) ?? 'unknown', parts: partsAt(fields['content'] ?? [], content) };
    }
    case 'function': {
      const tool = nameAt(fields['name'], `${where}.name`);
      const callId = [...names].findLast(([, name]) => name === tool)?.[0] ?? `call_${index}`;
      return { role: 'tool', callId, tool, parts: partsAt(fields['content'], content) };
    }
    default:
      throw refused(`${where}.role`, 'give "system", "developer", "user", "assistant" or "tool".');
  }
}

/** Reads content that may only be text. */
function plainText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  return listAt(value, where)
    .map((one, index) => textAt(objectAt(one, `${where}[${index}]`)['text'], `${where}[${index}].text`))
    .join('\n');
}

function partsAt(value: unknown, where: string): readonly (UserPart & ResultPart)[] {
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  if (value === null || value === undefined) throw refused(where, 'give a text or a list of parts.');
  return listAt(value, where).map((one, index) => partAt(objectAt(one, `${where}[${index}]`), `${where}[${index}]`));
}

function partAt(fields: Fields, where: string): UserPart & ResultPart {
  const type = nameAt(fields['type'], `${where}.type`);
  switch (type) {
    case 'text':
      return { type, text: textAt(fields['text'], `${where}.text`) };
    case 'image_url': {
      const place = `${where}.image_url`;
      const url = typeof fields[type] === 'string' ? fields[type] : objectAt(fields[type], place)['url'];
      return imageAt(textAt(url, `${place}.url`), `${place}.url`);
    }
    case 'file': {
      const file = objectAt(fields['file'], `${where}.file`);
      if (file['file_data'] === undefined)
        throw refused(`${where}.file`, 'give file_data; files stored at a vendor cannot be used here.');
      const name = maybeText(file['filename'], `${where}.file.filename`);
      return fileAt(textAt(file['file_data'], `${where}.file.file_data`), `${where}.file.file_data`, name);
    }
    default:
      throw refused(`${where}.type`, `parts of type "${type}" cannot be translated. Give text, image_url or file.`);
  }
}

function assistantParts(fields: Fields, where: string, index: number): AssistantPart[] {
  const text = assistantText(fields, where);
  const thought = maybeText(fields['reasoning_content'] ?? fields['reasoning'], `${where}.reasoning_content`) ?? '';
  const calls = listAt(fields['tool_calls'], `${where}.tool_calls`).map((one, at) =>
    callAt(objectAt(one, `${where}.tool_calls[${at}]`), `${where}.tool_calls[${at}]`),
  );
  const legacy = maybeObject(fields['function_call'], `${where}.function_call`);
  if (legacy) calls.push({ call: legacyCall(legacy, `${where}.function_call`, index), before: [], length: -1 });
  return arrange(text, thought, calls);
}

function assistantText(fields: Fields, where: string): string {
  const { content } = fields;
  const refusal = maybeText(fields['refusal'], `${where}.refusal`) ?? '';
  if (content === null || content === undefined) return refusal;
  if (typeof content === 'string') return content + refusal;
  const pieces = listAt(content, `${where}.content`).map((one, at) => {
    const part = objectAt(one, `${where}.content[${at}]`);
    return textAt(part['text'] ?? part['refusal'], `${where}.content[${at}].text`);
  });
  return pieces.join('') + refusal;
}

interface SealedCall {
  readonly call: ToolCallPart;
  /** What stood before the call, as `chatPast` has sealed it into the call's id. */
  readonly before: readonly Json[];
  /** How much text stood before it; -1 when its id does not tell. */
  readonly length: number;
}

function callAt(fields: Fields, where: string): SealedCall {
  const { callId, sealed } = splitId(nameAt(fields['id'], `${where}.id`));
  const type = maybeText(fields['type'], `${where}.type`) ?? 'function';
  const called = objectAt(fields[type === 'custom' ? 'custom' : 'function'], `${where}.${type}`);
  const json =
    type === 'custom'
      ? customArguments(textAt(called['input'], `${where}.custom.input`))
      : jsonTextAt(called['arguments'], `${where}.function.arguments`);
  const past = (sealed ?? {}) as { readonly b?: Json; readonly c?: Json; readonly n?: Json };
  const provider = stateOf(past.c);
  const tool = nameAt(called['name'], `${where}.${type}.name`);
  return {
    call: { type: 'call', callId, tool, json, ...(provider ? { provider } : {}) },
    before: Array.isArray(past.b) ? (past.b as readonly Json[]) : [],
    length: typeof past.n === 'number' ? past.n : -1,
  };
}

function legacyCall(fields: Fields, where: string, index: number): ToolCallPart {
  const json = jsonTextAt(fields['arguments'], `${where}.arguments`);
  return { type: 'call', callId: `call_fn_${index}`, tool: nameAt(fields['name'], `${where}.name`), json };
}

/**
 * Puts a message back into the order in which it was made, as far as the ids of its calls tell; what no id tells of comes
 * first: thought, then text.
 */
function arrange(text: string, thought: string, calls: readonly SealedCall[]): AssistantPart[] {
  const parts: AssistantPart[] = [];
  let at = 0;
  for (const { call, before, length } of calls) {
    parts.push(...pastParts(before, text, at), call);
    at = Math.max(at, length);
  }
  const rest: AssistantPart[] = at < text.length ? [{ type: 'text', text: text.slice(at) }] : [];
  if (calls.some(({ length }) => length >= 0)) return [...parts, ...rest];
  const thoughts: AssistantPart[] = thought === '' ? [] : [{ type: 'reasoning', text: thought }];
  return [...thoughts, ...rest, ...parts];
}

/** What stood before a call; text that the client has cut is left out. */
function pastParts(before: readonly Json[], text: string, at: number): AssistantPart[] {
  return before.flatMap((one): AssistantPart[] => {
    const past = (one ?? {}) as { readonly r?: unknown; readonly t?: readonly [number, number]; readonly s?: Json };
    const provider = stateOf(past.s);
    const state = provider ? { provider } : {};
    if (typeof past.r === 'string') return [{ type: 'reasoning', text: past.r, ...state }];
    if (!Array.isArray(past.t)) return [];
    const piece = text.slice(Math.max(at, Number(past.t[0])), Number(past.t[1]));
    return piece === '' ? [] : [{ type: 'text', text: piece, ...state }];
  });
}
