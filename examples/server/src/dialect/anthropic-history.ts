import type { AssistantPart, Json, Message, ResultPart, ToolMessage, UserPart } from '@capstan/sdk/contract';
import { type Fields, listAt, maybeFlag, maybeText, nameAt, objectAt, refused, textAt } from './fields.ts';
import { base64At, webAddress } from './media.ts';
import { isSealed, splitId, stateOf, unsealState } from './seal.ts';
import { lateInstructions } from './settings.ts';

const vendor = 'anthropic';

/** Reads `messages` of the Messages API: results of calls become messages of their own. */
export function anthropicHistory(messages: readonly unknown[]): readonly Message[] {
  const names = new Map<string, string>();
  return messages.flatMap((one, index): Message[] => {
    const where = `messages[${index}]`;
    const fields = objectAt(one, where);
    const blocks = blocksAt(fields['content'], `${where}.content`);
    switch (nameAt(fields['role'], `${where}.role`)) {
      case 'user':
        return userMessages(blocks, `${where}.content`, names);
      case 'assistant': {
        const parts = assistantParts(blocks, `${where}.content`);
        for (const part of parts) if (part.type === 'call') names.set(part.callId, part.tool);
        return [{ role: 'assistant', parts }];
      }
      case 'system':
        return [
          { role: 'user', parts: [{ type: 'text', text: lateInstructions(plainText(blocks, `${where}.content`)) }] },
        ];
      default:
        throw refused(`${where}.role`, 'give "user" or "assistant".');
    }
  });
}

/** Reads `system`: a text, or blocks of text. */
export function systemText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return plainText(blocksAt(value, 'system'), 'system');
}

function plainText(blocks: readonly Fields[], where: string): string {
  return blocks.map((block, index) => textAt(block['text'], `${where}[${index}].text`)).join('\n\n');
}

function blocksAt(value: unknown, where: string): readonly Fields[] {
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  if (value === undefined || value === null) throw refused(where, 'give a text or a list of blocks.');
  return listAt(value, where).map((one, index) => objectAt(one, `${where}[${index}]`));
}

function userMessages(blocks: readonly Fields[], where: string, names: ReadonlyMap<string, string>): Message[] {
  const messages: Message[] = [];
  let said: UserPart[] = [];
  const flush = (): void => {
    if (said.length > 0) messages.push({ role: 'user', parts: said });
    said = [];
  };
  for (const [index, block] of blocks.entries()) {
    if (block['type'] === 'tool_result') {
      flush();
      messages.push(resultAt(block, `${where}[${index}]`, names));
    } else said.push(...contentParts(block, `${where}[${index}]`));
  }
  flush();
  return messages;
}

function resultAt(block: Fields, where: string, names: ReadonlyMap<string, string>): ToolMessage {
  const { callId } = splitId(nameAt(block['tool_use_id'], `${where}.tool_use_id`));
  const content = block['content'];
  const parts =
    content === undefined || content === null
      ? []
      : blocksAt(content, `${where}.content`).flatMap((one, index) => contentParts(one, `${where}.content[${index}]`));
  const failed = maybeFlag(block['is_error'], `${where}.is_error`) === true;
  return { role: 'tool', callId, tool: names.get(callId) ?? 'unknown', parts, ...(failed ? { failed } : {}) };
}

function contentParts(block: Fields, where: string): (UserPart & ResultPart)[] {
  const type = nameAt(block['type'], `${where}.type`);
  switch (type) {
    case 'text':
      return [{ type, text: textAt(block['text'], `${where}.text`) }];
    case 'image':
      return [imageOf(objectAt(block['source'], `${where}.source`), `${where}.source`)];
    case 'document':
      return documentParts(block, where);
    case 'search_result':
      return [{ type: 'text', text: searchText(block, where) }];
    case 'tool_reference':
      return [{ type: 'text', text: `[tool ${maybeText(block['tool_name'], `${where}.tool_name`) ?? ''}]` }];
    default:
      throw refused(`${where}.type`, `blocks of type "${type}" cannot be translated. Give text, image or document.`);
  }
}

function imageOf(source: Fields, where: string): UserPart & ResultPart {
  const type = nameAt(source['type'], `${where}.type`);
  if (type === 'url') {
    const url = webAddress(textAt(source['url'], `${where}.url`), `${where}.url`);
    return { type: 'image', mediaType: /\.png(\?|$)/i.test(url) ? 'image/png' : 'image/jpeg', url };
  }
  if (type !== 'base64')
    throw refused(`${where}.type`, 'give base64 or url; files stored at a vendor cannot be used here.');
  const mediaType = nameAt(source['media_type'], `${where}.media_type`);
  return { type: 'image', mediaType, data: base64At(textAt(source['data'], `${where}.data`), `${where}.data`) };
}

function documentParts(block: Fields, where: string): (UserPart & ResultPart)[] {
  const place = `${where}.source`;
  const source = objectAt(block['source'], place);
  const title = maybeText(block['title'], `${where}.title`);
  const name = title === undefined ? {} : { name: title };
  switch (nameAt(source['type'], `${place}.type`)) {
    case 'base64': {
      const mediaType = nameAt(source['media_type'], `${place}.media_type`);
      const data = base64At(textAt(source['data'], `${place}.data`), `${place}.data`);
      return [{ type: 'file', mediaType, data, ...name }];
    }
    case 'url': {
      const url = webAddress(textAt(source['url'], `${place}.url`), `${place}.url`);
      return [{ type: 'file', mediaType: 'application/pdf', url, ...name }];
    }
    case 'text': {
      const data = Buffer.from(textAt(source['data'], `${place}.data`)).toString('base64');
      return [{ type: 'file', mediaType: 'text/plain', data, ...name }];
    }
    case 'content':
      return blocksAt(source['content'], `${place}.content`).flatMap((one, index) =>
        contentParts(one, `${place}.content[${index}]`),
      );
    default:
      throw refused(
        `${place}.type`,
        'give base64, url, text or content; files stored at a vendor cannot be used here.',
      );
  }
}

function searchText(block: Fields, where: string): string {
  const title = maybeText(block['title'], `${where}.title`) ?? '';
  const source = maybeText(block['source'], `${where}.source`) ?? '';
  return `${title} (${source})\n${plainText(blocksAt(block['content'], `${where}.content`), `${where}.content`)}`;
}

/** A sealed state goes to the part it is of, before it or after it. */
function assistantParts(blocks: readonly Fields[], where: string): AssistantPart[] {
  const parts: AssistantPart[] = [];
  let ahead: AssistantPart['provider'];
  for (const [index, block] of blocks.entries()) {
    const sealed = unsealState(sealOf(block));
    const last = parts.at(-1);
    if (sealed?.of === 'last' && last) parts[parts.length - 1] = { ...last, provider: sealed.state };
    if (sealed?.of === 'next') ahead = sealed.state;
    if (sealed?.of) continue;
    const part = sealed
      ? ({ type: 'reasoning', text: thoughtOf(block, `${where}[${index}]`), provider: sealed.state } as const)
      : assistantPart(block, `${where}[${index}]`);
    parts.push(ahead && !part.provider ? { ...part, provider: ahead } : part);
    ahead = undefined;
  }
  return parts;
}

function sealOf({ type, signature, data }: Fields): string {
  const text = type === 'thinking' ? signature : type === 'redacted_thinking' ? data : undefined;
  return typeof text === 'string' ? text : '';
}

function thoughtOf({ type, thinking }: Fields, where: string): string {
  return type === 'thinking' ? textAt(thinking, `${where}.thinking`) : '';
}

function assistantPart(block: Fields, where: string): AssistantPart {
  const type = nameAt(block['type'], `${where}.type`);
  switch (type) {
    case 'text': {
      const citations = listAt(block['citations'], `${where}.citations`) as readonly Json[];
      const text = textAt(block['text'], `${where}.text`);
      return { type, text, ...(citations.length > 0 ? { provider: { vendor, data: { citations } } } : {}) };
    }
    case 'thinking': {
      const signature = maybeText(block['signature'], `${where}.signature`) ?? '';
      const text = thoughtOf(block, where);
      const bare = signature === '' || isSealed(signature);
      return { type: 'reasoning', text, ...(bare ? {} : { provider: { vendor, data: { signature } } }) };
    }
    case 'tool_use':
      return callAt(block, where);
    default:
      // Redacted thinking and what ran at Anthropic: whole, for Anthropic alone.
      return { type: 'reasoning', text: '', provider: { vendor, data: { block: block as Json } } };
  }
}

function callAt(block: Fields, where: string): AssistantPart {
  const { callId, sealed } = splitId(nameAt(block['id'], `${where}.id`));
  const tool = nameAt(block['name'], `${where}.name`);
  const json = JSON.stringify(objectAt(block['input'] ?? {}, `${where}.input`));
  const caller = block['caller'] as Json | undefined;
  const own = callerOf(caller) === 'direct' || caller === undefined ? undefined : { vendor, data: { caller } };
  const provider = stateOf(sealed) ?? own;
  return { type: 'call', callId, tool, json, ...(provider ? { provider } : {}) };
}

function callerOf(caller: Json | undefined): unknown {
  return typeof caller === 'object' && caller !== null && !Array.isArray(caller)
    ? (caller as { readonly [name: string]: Json })['type']
    : 'direct';
}
