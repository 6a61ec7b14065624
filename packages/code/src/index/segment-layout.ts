import { crc32 } from 'node:zlib';
import { CapstanError } from '@capstan/sdk/contract';

/** Changes whenever what a segment holds or how it is read off a text changes; older segments are then not used. */
export const segmentVersion = 1;

const magic = 'CAPSEG\r\n';
const headStart = magic.length + 8;

/** The parts of a segment by name; each begins at a multiple of eight bytes. */
export type Parts = Readonly<Record<string, Uint8Array | Uint32Array>>;

/** Puts parts into one buffer that says what it holds and carries a checksum over all of it. */
export function packParts(parts: Parts): Buffer {
  const places: Record<string, readonly [number, number]> = {};
  let size = 0;
  for (const [name, part] of Object.entries(parts)) {
    places[name] = [size, part.byteLength];
    size = aligned(size + part.byteLength);
  }
  const head = Buffer.from(JSON.stringify({ version: segmentVersion, places }));
  const bodyStart = aligned(headStart + head.length);
  const packed = Buffer.from(new ArrayBuffer(bodyStart + size));
  packed.write(magic, 0, 'latin1');
  packed.writeUInt32LE(head.length, magic.length + 4);
  head.copy(packed, headStart);
  for (const [name, part] of Object.entries(parts)) {
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    bytes.copy(packed, bodyStart + (places[name]?.[0] ?? 0));
  }
  packed.writeUInt32LE(crc32(packed.subarray(magic.length + 4)), magic.length);
  return packed;
}

/** Reads parts by name. */
export interface PartReader {
  bytes(name: string): Buffer;
  numbers(name: string): Uint32Array;
}

/**
 * Opens what `packParts` made.
 *
 * @throws {CapstanError} `store_failed` when it is damaged or of another version.
 */
export function openParts(packed: Buffer): PartReader {
  if (packed.length < headStart || packed.toString('latin1', 0, magic.length) !== magic) throw damaged('has no header');
  const sum = packed.readUInt32LE(magic.length);
  if (crc32(packed.subarray(magic.length + 4)) !== sum) throw damaged('is damaged');
  const headLength = packed.readUInt32LE(magic.length + 4);
  const head: unknown = JSON.parse(packed.toString('utf8', headStart, headStart + headLength));
  const { version, places } = head as { version: number; places: Record<string, readonly [number, number]> };
  if (version !== segmentVersion) throw damaged(`is of version ${version}`);
  const body = packed.byteOffset + aligned(headStart + headLength);
  const placeOf = (name: string): readonly [number, number] => places[name] ?? [0, 0];
  return {
    bytes(name) {
      const [at, length] = placeOf(name);
      return Buffer.from(packed.buffer, body + at, length);
    },
    numbers(name) {
      const [at, length] = placeOf(name);
      return new Uint32Array(packed.buffer, body + at, length / 4);
    },
  };
}

function aligned(size: number): number {
  return (size + 7) & ~7;
}

function damaged(what: string): CapstanError {
  return new CapstanError('store_failed', `A part of the code index ${what}. It is made again from the sources.`);
}
