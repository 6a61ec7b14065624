import type {
  AssistantPart,
  Json,
  Message,
  ProviderState,
  ResultPart,
  ToolMessage,
  UserPart,
} from '@capstan/sdk/contract';
import { type Fields, listAt, maybeObject, maybeText, nameAt, objectAt, refused, someAt, textAt } from './fields.ts';
import { fieldOf, manyOf } from './google-names.ts';
import { base64At } from './media.ts';
import { isSealed, splitId, unsealState } from './seal.ts';

const vendor = 'google';

interface OpenCall {
  readonly callId: string;
  readonly tool: string;
  /** Google's own id, where the call has one. */
  readonly id: string | undefined;
}

/** What is known of the calls that a conversation has made so far. */
interface Calls {
  count: number;
  open: OpenCall[];
}

/** Reads `contents`. Calls without an id are paired with their responses by name and order, as Google does. */
export function googleHistory(value: unknown): readonly Message[] {
  const calls: Calls = { count: 0, open: [] };
  return someAt(manyOf(value), 'contents').flatMap((one, index): Message[] => {
    const where = `contents[${index}]`;
    if (typeof one === 'string') return [{ role: 'user', parts: [{ type: 'text', text: one }] }];
    const fields = objectAt(one, where);
    const role = maybeText(fields['role'], `${where}.role`) ?? 'user';
    const parts = partsOf(fields, where);
    if (role === 'model') return [{ role: 'assistant', parts: modelParts(parts, where, calls) }];
    if (role !== 'user' && role !== 'function') throw refused(`${where}.role`, 'give "user" or "model".');
    return userMessages(parts, where, calls);
  });
}

/** Reads instructions: a content, or a plain text. */
export function instructionText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  return partsOf(objectAt(value, 'systemInstruction'), 'systemInstruction')
    .map((part, at) => maybeText(part['text'], `systemInstruction.parts[${at}].text`) ?? '')
    .join('\n');
}

function partsOf(fields: Fields, where: string): readonly Fields[] {
  return listAt(manyOf(fields['parts']), `${where}.parts`).map((part, at) =>
    typeof part === 'string' ? { text: part } : objectAt(part, `${where}.parts[${at}]`),
  );
}

function userMessages(parts: readonly Fields[], where: string, calls: Calls): Message[] {
  const messages: Message[] = [];
  let said: UserPart[] = [];
  const flush = (): void => {
    if (said.length > 0) messages.push({ role: 'user', parts: said });
    said = [];
  };
  for (const [at, part] of parts.entries()) {
    const place = `${where}.parts[${at}]`;
    const response = maybeObject(fieldOf(part, 'functionResponse'), `${place}.functionResponse`);
    if (response) {
      flush();
      messages.push(resultOf(response, `${place}.functionResponse`, calls));
    } else said.push(...mediaParts(part, place));
  }
  flush();
  return messages;
}

function mediaParts(part: Fields, where: string): (UserPart & ResultPart)[] {
  if (part['text'] !== undefined) return [{ type: 'text', text: textAt(part['text'], `${where}.text`) }];
  const inline = maybeObject(fieldOf(part, 'inlineData'), `${where}.inlineData`);
  if (inline) {
    const place = `${where}.inlineData`;
    const mediaType = nameAt(fieldOf(inline, 'mimeType'), `${place}.mimeType`);
    return [
      { type: kindOf(mediaType), mediaType, data: base64At(textAt(inline['data'], `${place}.data`), `${place}.data`) },
    ];
  }
  const file = maybeObject(fieldOf(part, 'fileData'), `${where}.fileData`);
  if (file) {
    const place = `${where}.fileData`;
    const mediaType = maybeText(fieldOf(file, 'mimeType'), `${place}.mimeType`) ?? 'application/pdf';
    return [{ type: kindOf(mediaType), mediaType, url: nameAt(fieldOf(file, 'fileUri'), `${place}.fileUri`) }];
  }
  if (Object.keys(part).length === 0) return [];
  throw refused(where, 'give text, inlineData, fileData or functionResponse.');
}

function kindOf(mediaType: string): 'image' | 'file' {
  return mediaType.startsWith('image/') ? 'image' : 'file';
}

function resultOf(fields: Fields, where: string, calls: Calls): ToolMessage {
  const name = nameAt(fields['name'], `${where}.name`);
  const id = maybeText(fields['id'], `${where}.id`);
  const at = calls.open.findIndex((call) => (id === undefined ? call.tool === name : call.id === id));
  const [call] = at < 0 ? [] : calls.open.splice(at, 1);
  const { words, failed } = responseText(fields['response']);
  const media = listAt(fields['parts'], `${where}.parts`).flatMap((part, index) =>
    mediaParts(objectAt(part, `${where}.parts[${index}]`), `${where}.parts[${index}]`),
  );
  const text: ResultPart[] = words === '' ? [] : [{ type: 'text', text: words }];
  return {
    role: 'tool',
    callId: call?.callId ?? splitId(id ?? `call_lost_${name}`).callId,
    tool: name,
    parts: [...text, ...media],
    ...(failed ? { failed } : {}),
  };
}

/** A response that is one text, by the names that Google's own clients use, is that text. */
function responseText(response: unknown): { readonly words: string; readonly failed: boolean } {
  if (typeof response === 'string') return { words: response, failed: false };
  const entries = typeof response === 'object' && response !== null ? Object.entries(response) : [];
  const [only] = entries;
  if (entries.length === 0) return { words: '', failed: false };
  if (entries.length === 1 && only && typeof only[1] === 'string' && /^(output|result|error)$/.test(only[0]))
    return { words: only[1], failed: only[0] === 'error' };
  return { words: JSON.stringify(response), failed: entries.some(([key]) => key === 'error') };
}

/** A sealed state that is of the last part goes there. */
function modelParts(parts: readonly Fields[], where: string, calls: Calls): AssistantPart[] {
  const made: AssistantPart[] = [];
  for (const [at, part] of parts.entries()) {
    const signature = fieldOf(part, 'thoughtSignature');
    const sealed = typeof signature === 'string' ? unsealState(signature) : undefined;
    const last = made.at(-1);
    if (sealed?.of === 'last' && last) made[made.length - 1] = { ...last, provider: sealed.state };
    else for (const one of modelPart(part, `${where}.parts[${at}]`, calls)) join(made, one);
  }
  return made;
}

/** Clients send the pieces of a stream back as they came; they are one part until a state ends it. */
function join(made: AssistantPart[], part: AssistantPart): void {
  const last = made.at(-1);
  if (part.type === 'call' || part.text === '' || last?.type !== part.type || last.provider) made.push(part);
  else made[made.length - 1] = { ...part, text: last.text + part.text };
}

function modelPart(part: Fields, where: string, calls: Calls): AssistantPart[] {
  const given = maybeText(fieldOf(part, 'thoughtSignature'), `${where}.thoughtSignature`) ?? '';
  const sealed = unsealState(given);
  const signature = isSealed(given) && !sealed ? '' : given;
  const called = maybeObject(fieldOf(part, 'functionCall'), `${where}.functionCall`);
  if (called) return [callOf(called, `${where}.functionCall`, { signature, sealed: sealed?.state, calls })];
  const text = maybeText(part['text'], `${where}.text`);
  const own = signature === '' ? {} : { provider: { vendor, data: { signature } } };
  const provider = sealed ? { provider: sealed.state } : own;
  if (part['thought'] === true) {
    if (text === '' && sealed === undefined && signature !== '') return [opaque(part)];
    return text === '' && signature === '' ? [] : [{ type: 'reasoning', text: text ?? '', ...provider }];
  }
  if (text !== undefined && (text !== '' || signature === ''))
    return text === '' ? [] : [{ type: 'text', text, ...provider }];
  if (sealed) return [{ type: 'reasoning', text: '', provider: sealed.state }];
  // What ran at Google, an image that it made, or a signature alone: whole, for Google alone.
  return Object.keys(part).length === 0 ? [] : [opaque(part)];
}

function opaque(part: Fields): AssistantPart {
  return { type: 'reasoning', text: '', provider: { vendor, data: { part: part as Json } } };
}

interface Signed {
  readonly signature: string;
  readonly sealed: ProviderState | undefined;
  readonly calls: Calls;
}

/** Google's words for a call that it did not make are no signature. */
const unsigned = /^(skip_thought_signature_validator|context_engineering_is_the_way_to_go)$/;

function callOf(fields: Fields, where: string, { signature, sealed, calls }: Signed): AssistantPart {
  const tool = nameAt(fields['name'], `${where}.name`);
  const args = maybeObject(fields['args'], `${where}.args`) ?? {};
  const id = maybeText(fields['id'], `${where}.id`);
  calls.count += 1;
  const callId = id === undefined || id === '' ? `call_${calls.count}` : id;
  calls.open.push({ callId, tool, id });
  const state = {
    ...(id === undefined ? {} : { id }),
    ...(signature === '' || unsigned.test(signature) ? {} : { signature }),
  };
  // Without a signature nothing tells whose call it is; an id that is not Google's must not go there.
  const own = 'signature' in state ? { vendor, data: state } : undefined;
  const provider = sealed ?? own;
  return { type: 'call', callId, tool, json: JSON.stringify(args), ...(provider ? { provider } : {}) };
}
