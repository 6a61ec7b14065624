import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An object ready for a pack: its name, kind, and content compressed with zlib. */
export interface PackedObject {
  /** SHA-1 in hex. */
  readonly id: string;
  readonly type: ObjectType;
  readonly size: number;
  readonly deflated: Buffer;
}

export type ObjectType = 'commit' | 'tree' | 'blob';

/** Where each object of a pack lies. */
export type PackIndex = ReadonlyMap<string, { readonly offset: number; readonly end: number }>;

const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

/** Builds a pack of git's version 2 without deltas, with its index, and the name of both. */
export function buildPack(objects: readonly PackedObject[]): { name: string; pack: Buffer; index: Buffer } {
  const head = Buffer.alloc(12);
  head.write('PACK', 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const parts: Buffer[] = [head];
  const rows: { id: string; crc: number; offset: number }[] = [];
  let offset = head.length;
  for (const { id, type, size, deflated } of objects) {
    const lead = entryHead(typeNumbers[type], size);
    rows.push({ id, crc: crc32(deflated, crc32(lead)), offset });
    parts.push(lead, deflated);
    offset += lead.length + deflated.length;
  }
  const body = Buffer.concat(parts);
  const sum = sha1(body);
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const name = sha1(Buffer.from(sorted.map((row) => row.id).join(''), 'hex')).toString('hex');
  return { name, pack: Buffer.concat([body, sum]), index: buildIndex(sorted, sum) };
}

function entryHead(type: number, size: number): Buffer {
  const bytes = [];
  let rest = Math.floor(size / 16);
  let byte = (type << 4) | (size % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

function buildIndex(rows: readonly { id: string; crc: number; offset: number }[], packSum: Buffer): Buffer {
  const head = Buffer.alloc(8 + 256 * 4);
  head.writeUInt32BE(0xff744f63, 0);
  head.writeUInt32BE(2, 4);
  for (const { id } of rows) {
    for (let byte = Number.parseInt(id.slice(0, 2), 16); byte < 256; byte++) {
      head.writeUInt32BE(head.readUInt32BE(8 + byte * 4) + 1, 8 + byte * 4);
    }
  }
  const numbers = Buffer.alloc(rows.length * 8);
  rows.forEach(({ crc, offset }, index) => {
    numbers.writeUInt32BE(crc >>> 0, index * 4);
    numbers.writeUInt32BE(offset, (rows.length + index) * 4);
  });
  const body = Buffer.concat([head, Buffer.from(rows.map((row) => row.id).join(''), 'hex'), numbers, packSum]);
  return Buffer.concat([body, sha1(body)]);
}

/** Reads the index of a pack made by `buildPack`. */
export function readIndex(index: Buffer, packBytes: number): PackIndex {
  const count = index.readUInt32BE(8 + 255 * 4);
  const names = 8 + 256 * 4;
  const offsets = names + count * 24;
  const rows: { id: string; offset: number }[] = [];
  for (let row = 0; row < count; row++) {
    const id = index.toString('hex', names + row * 20, names + row * 20 + 20);
    rows.push({ id, offset: index.readUInt32BE(offsets + row * 4) });
  }
  const sorted = rows.toSorted((a, b) => a.offset - b.offset);
  return new Map(sorted.map(({ id, offset }, at) => [id, { offset, end: sorted[at + 1]?.offset ?? packBytes - 20 }]));
}

/** Takes the head off an entry of a pack. Gives `undefined` for deltas, which our packs have not. */
export function readEntry(entry: Buffer): { readonly type: ObjectType; readonly deflated: Buffer } | undefined {
  const number = ((entry[0] ?? 0) >> 4) & 7;
  let at = 0;
  while ((entry[at] ?? 0) & 0x80) at++;
  const type = number === 1 ? 'commit' : number === 2 ? 'tree' : number === 3 ? 'blob' : undefined;
  return type && { type, deflated: entry.subarray(at + 1) };
}

function sha1(bytes: Buffer): Buffer {
  return createHash('sha1').update(bytes).digest();
}
