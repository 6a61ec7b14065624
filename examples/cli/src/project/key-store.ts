import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

/** Keys by vendor. */
export type Keys = Readonly<Record<string, string>>;

/**
 * Reads the kept keys; none when there is no file. A file that others could read is closed to them first.
 *
 * @throws {CapstanError} `invalid_config` when the file is damaged.
 */
export function readKeys(path: string): Keys {
  let text: string;
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw cause;
  }
  const value = parsed(text, path);
  return Object.fromEntries(
    Object.entries(value).flatMap(([vendor, key]) => (typeof key === 'string' ? [[vendor, key]] : [])),
  );
}

/** Writes the keys, for the user alone to read, whole or not at all. */
export function writeKeys(path: string, keys: Keys): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}.tmp`;
  writeFileSync(fresh, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}

/** Shows a key so that its owner knows it again and nobody else can use it: `sk-…abcd`. */
export function maskedKey(key: string): string {
  return key.length < 12 ? '…' : `${key.slice(0, 3)}…${key.slice(-4)}`;
}

/** The reason of a parse error quotes the text, so it is not passed on. */
function parsed(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new CapstanError('invalid_config', `${path} is damaged. Delete it and log in again.`, { where: path });
}
