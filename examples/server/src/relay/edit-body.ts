import { CapstanError } from '@capstan/sdk/contract';
import { stringEnd } from '../http/parse-json.ts';

/** Where the value of a member of the outermost object lies. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Sets members of a JSON object, known to be one, and leaves every other byte as it was: order, blanks, escapes, numbers
 * longer than a double.
 *
 * @param values JSON text by name.
 */
export function editBody(bytes: Buffer, values: Readonly<Record<string, string>>): Buffer {
  const members = membersOf(bytes);
  const edits: { readonly span: Span; readonly text: string }[] = [];
  const added: string[] = [];
  for (const [name, text] of Object.entries(values)) {
    const span = members.get(name);
    if (span) edits.push({ span, text });
    else added.push(`${JSON.stringify(name)}:${text}`);
  }
  const open = bytes.indexOf(0x7b) + 1;
  if (added.length > 0) {
    const comma = members.size > 0 ? ',' : '';
    edits.push({ span: { start: open, end: open }, text: `${added.join(',')}${comma}` });
  }
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { span, text } of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    pieces.push(bytes.subarray(from, span.start), Buffer.from(text));
    from = span.end;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}

/**
 * Refuses a body that names a member twice, as the relay and an upstream might each see another one.
 *
 * @throws {CapstanError} `invalid_config` with status 400.
 */
export function refuseTwice(bytes: Buffer, names: readonly string[]): void {
  const suspect = names.filter((name) => {
    const text = `"${name}"`;
    return bytes.indexOf(text) !== bytes.lastIndexOf(text);
  });
  // A name may also be written with escapes; those are rare, and then all are looked at.
  if (suspect.length > 0 || bytes.includes('\\u00')) membersOf(bytes);
}

/** The members of the outermost object. Names are compared as they are read, escapes and all. */
function membersOf(bytes: Buffer): ReadonlyMap<string, Span> {
  const members = new Map<string, Span>();
  let at = skipBlanks(bytes, bytes.indexOf(0x7b) + 1);
  while (bytes[at] === 0x22) {
    const nameEnd = stringEnd(bytes, at);
    const name = JSON.parse(bytes.toString('utf8', at, nameEnd + 1)) as string;
    const start = skipBlanks(bytes, skipBlanks(bytes, nameEnd + 1) + 1);
    const end = valueEnd(bytes, start);
    if (members.has(name)) {
      const text = `The body has the member "${name.slice(0, 60)}" twice. Send it once.`;
      throw new CapstanError('invalid_config', text, { status: 400 });
    }
    members.set(name, { start, end });
    at = skipBlanks(bytes, end);
    if (bytes[at] !== 0x2c) break;
    at = skipBlanks(bytes, at + 1);
  }
  return members;
}

function valueEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x22) {
      at = stringEnd(bytes, at);
      if (at < 0) return bytes.length;
      if (depth === 0) return at + 1;
    } else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === 0x2c || isBlank(byte))) return at;
  }
  return bytes.length;
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (isBlank(bytes[at] ?? 0)) at += 1;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
