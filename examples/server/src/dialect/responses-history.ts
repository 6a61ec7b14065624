import type { AssistantPart, Json, Message, ResultPart, UserPart } from '@capstan/sdk/contract';
import { customArguments } from './custom-tool.ts';
import { type Fields, jsonTextAt, listAt, maybeText, nameAt, objectAt, refused, someAt, textAt } from './fields.ts';
import { fileAt, imageAt } from './media.ts';
import { groupedName } from './openai-tools.ts';
import { isSealed, splitId, stateOf, unsealState } from './seal.ts';
import { joinInstructions, lateInstructions } from './settings.ts';

const vendor = 'openai';

/** A conversation as Responses has it. */
export interface ResponsesHistory {
  readonly instructions: string | undefined;
  readonly messages: readonly Message[];
}

interface Reading {
  readonly messages: Message[];
  readonly instructions: string[];
  /** Names of tools by the ids of their calls. */
  readonly names: Map<string, string>;
  /** What the model said since somebody else spoke. */
  said: AssistantPart[];
  /** A state of the part that follows. */
  ahead: AssistantPart['provider'];
}

/** Reads `input`: a text, or items. Items of the model in a row become one message. */
export function responsesHistory(value: unknown): ResponsesHistory {
  if (typeof value === 'string')
    return { instructions: undefined, messages: [{ role: 'user', parts: [{ type: 'text', text: value }] }] };
  const reading: Reading = { messages: [], instructions: [], names: new Map(), said: [], ahead: undefined };
  for (const [index, one] of someAt(value, 'input').entries()) {
    const where = `input[${index}]`;
    itemAt(objectAt(one, where), where, reading);
  }
  flush(reading);
  return { instructions: joinInstructions(...reading.instructions), messages: reading.messages };
}

function flush(reading: Reading): void {
  if (reading.said.length > 0) reading.messages.push({ role: 'assistant', parts: reading.said });
  reading.said = [];
}

function say(reading: Reading, part: AssistantPart): void {
  reading.said.push(reading.ahead && !part.provider ? { ...part, provider: reading.ahead } : part);
  reading.ahead = undefined;
}

function itemAt(item: Fields, where: string, reading: Reading): void {
  const type = maybeText(item['type'], `${where}.type`) ?? 'message';
  switch (type) {
    case 'message':
      return messageAt(item, where, reading);
    case 'function_call':
    case 'custom_tool_call':
      return callAt(item, where, reading);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return resultAt(item, where, reading);
    case 'reasoning':
    case 'compaction':
      return thoughtAt(item, where, reading);
    case 'item_reference':
      throw refused(where, 'nothing is stored here. Send the item itself, and set store to false.');
    default:
      // What ran at OpenAI, or at the client on its behalf, means nothing to another vendor.
      return undefined;
  }
}

function messageAt(item: Fields, where: string, reading: Reading): void {
  const role = nameAt(item['role'], `${where}.role`);
  const place = `${where}.content`;
  if (role === 'assistant') {
    const phase = maybeText(item['phase'], `${where}.phase`);
    const text = plainText(item['content'], place);
    const provider = phase === undefined ? {} : { provider: { vendor, data: { phase } } };
    if (text !== '') say(reading, { type: 'text', text, ...provider });
    return;
  }
  flush(reading);
  if (role === 'user') {
    reading.messages.push({ role, parts: partsAt(item['content'], place) });
    return;
  }
  if (role !== 'system' && role !== 'developer')
    throw refused(`${where}.role`, 'give "user", "assistant", "system" or "developer".');
  const text = plainText(item['content'], place);
  if (reading.messages.length === 0) reading.instructions.push(text);
  else reading.messages.push({ role: 'user', parts: [{ type: 'text', text: lateInstructions(text) }] });
}

function callAt(item: Fields, where: string, reading: Reading): void {
  const { callId, sealed } = splitId(nameAt(item['call_id'], `${where}.call_id`));
  const name = nameAt(item['name'], `${where}.name`);
  const namespace = maybeText(item['namespace'], `${where}.namespace`);
  const tool = namespace ? groupedName(namespace, name) : name;
  const json =
    item['type'] === 'custom_tool_call'
      ? customArguments(textAt(item['input'], `${where}.input`))
      : jsonTextAt(item['arguments'], `${where}.arguments`);
  const provider = stateOf(sealed);
  reading.names.set(callId, tool);
  say(reading, { type: 'call', callId, tool, json, ...(provider ? { provider } : {}) });
}

function resultAt(item: Fields, where: string, reading: Reading): void {
  flush(reading);
  const { callId } = splitId(nameAt(item['call_id'], `${where}.call_id`));
  const tool = reading.names.get(callId) ?? 'unknown';
  reading.messages.push({ role: 'tool', callId, tool, parts: partsAt(item['output'] ?? '', `${where}.output`) });
}

function thoughtAt(item: Fields, where: string, reading: Reading): void {
  const encrypted = maybeText(item['encrypted_content'], `${where}.encrypted_content`) ?? '';
  const sealed = unsealState(encrypted);
  const last = reading.said.at(-1);
  if (sealed?.of === 'next') reading.ahead = sealed.state;
  if (sealed?.of === 'last' && last) reading.said[reading.said.length - 1] = { ...last, provider: sealed.state };
  if (sealed?.of) return;
  const text = thoughtText(item, where);
  const provider = sealed?.state ?? (isSealed(encrypted) ? undefined : ownState(item, encrypted));
  if (text !== '' || provider) say(reading, { type: 'reasoning', text, ...(provider ? { provider } : {}) });
}

function thoughtText(item: Fields, where: string): string {
  const texts = (name: string): readonly string[] =>
    listAt(item[name], `${where}.${name}`).map((one, at) => {
      const place = `${where}.${name}[${at}]`;
      return maybeText(objectAt(one, place)['text'], `${place}.text`) ?? '';
    });
  const summary = texts('summary');
  return summary.length > 0 ? summary.join('\n\n') : texts('content').join('');
}

/** As the SDK's provider keeps it: without its encrypted content an item would be looked up in a store. */
function ownState(item: Fields, encrypted: string): AssistantPart['provider'] {
  if (encrypted === '') return undefined;
  const { type, id, summary } = item as { readonly [field: string]: Json };
  const kept = {
    ...(type === undefined ? {} : { type }),
    ...(typeof id === 'string' ? { id } : {}),
    ...(type === 'reasoning' ? { summary: summary ?? [] } : {}),
  };
  return { vendor, data: { ...kept, encrypted_content: encrypted } };
}

/** Reads content that may only be text. */
function plainText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  return listAt(value, where)
    .map((one, at) => {
      const part = objectAt(one, `${where}[${at}]`);
      return textAt(part['text'] ?? part['refusal'], `${where}[${at}].text`);
    })
    .join('');
}

function partsAt(value: unknown, where: string): readonly (UserPart & ResultPart)[] {
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  if (value === undefined || value === null) throw refused(where, 'give a text or a list of parts.');
  return listAt(value, where).map((one, at) => partAt(objectAt(one, `${where}[${at}]`), `${where}[${at}]`));
}

function partAt(part: Fields, where: string): UserPart & ResultPart {
  switch (nameAt(part['type'], `${where}.type`)) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: textAt(part['text'], `${where}.text`) };
    case 'input_image': {
      const url = maybeText(part['image_url'], `${where}.image_url`);
      if (url === undefined)
        throw refused(`${where}.image_url`, 'give an address; files stored at a vendor cannot be used here.');
      return imageAt(url, `${where}.image_url`);
    }
    case 'input_file': {
      const field = part['file_url'] === undefined ? 'file_data' : 'file_url';
      const source = maybeText(part[field], `${where}.${field}`);
      if (source === undefined)
        throw refused(where, 'give file_data or file_url; files stored at a vendor cannot be used here.');
      return fileAt(source, `${where}.${field}`, maybeText(part['filename'], `${where}.filename`));
    }
    default:
      throw refused(`${where}.type`, 'give input_text, input_image or input_file.');
  }
}
