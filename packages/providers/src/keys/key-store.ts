import { CapstanError } from '@capstan/sdk/contract';
import { maskKey } from '../wire/mask.ts';
import { withFileLock } from './file-lock.ts';
import { readPrivate, stampOf, writePrivate } from './private-file.ts';
import { seal, type Sealed, unseal } from './seal.ts';

/** Keys of vendors in a file that only its owner can read. Nothing is kept of them but in memory. */
export interface KeyStore {
  /** Gives a vendor's key; `undefined` when there is none. */
  get(vendor: string): Promise<string | undefined>;
  /** Stores a key. @throws {CapstanError} `invalid_config` for what cannot be a key or a vendor's name. */
  set(vendor: string, key: string): Promise<void>;
  /** Forgets a key; tells whether there was one. */
  delete(vendor: string): Promise<boolean>;
  /** Lists the vendors with a key, each key as `sk-…abcd`. */
  list(): Promise<readonly StoredKey[]>;
}

export interface StoredKey {
  readonly vendor: string;
  readonly shown: string;
}

export interface KeyStoreOptions {
  /** Seals the file; asked for only when the file is sealed or a key is stored. */
  readonly passphrase?: string | (() => string | Promise<string>);
}

interface KeyFile {
  readonly version: 1;
  readonly keys?: Keys;
  readonly sealed?: Sealed;
}

type Keys = { readonly [vendor: string]: string };

/**
 * Opens the keys in a file (`auth.json` in the user's configuration folder). Mode 600 is checked at each use and
 * repaired; a link or a stranger's file is refused. With a passphrase the file is sealed when it is next written.
 */
export function keyStore(path: string, { passphrase }: KeyStoreOptions = {}): KeyStore {
  let known: { readonly stamp: string; readonly keys: Keys } | undefined;

  async function read(): Promise<Keys> {
    const stamp = await stampOf(path);
    if (known && known.stamp === stamp) return known.keys;
    const file = await readPrivate(path);
    if (!file) return {};
    const keys = await keysIn(parse(file.text, path));
    known = { stamp: file.stamp, keys };
    return keys;
  }

  async function keysIn({ keys = {}, sealed }: KeyFile): Promise<Keys> {
    if (!sealed) return keys;
    const secret = await ask();
    if (secret === undefined) {
      const text = `The keys in ${path} are sealed. Give the passphrase to use them.`;
      throw new CapstanError('invalid_config', text, { where: 'passphrase' });
    }
    return JSON.parse(await unseal(sealed, secret)) as Keys;
  }

  async function change(edit: (keys: Keys) => Keys): Promise<void> {
    await withFileLock(path, async () => {
      const keys = edit(await read());
      const secret = await ask();
      const file: KeyFile =
        secret === undefined ? { version: 1, keys } : { version: 1, sealed: await seal(JSON.stringify(keys), secret) };
      await writePrivate(path, `${JSON.stringify(file, null, 2)}\n`);
      known = undefined;
    });
  }

  async function ask(): Promise<string | undefined> {
    return typeof passphrase === 'function' ? passphrase() : passphrase;
  }

  return {
    get: async (vendor) => {
      const keys = await read();
      return Object.hasOwn(keys, vendor) ? keys[vendor] : undefined;
    },
    set: async (vendor, key) => {
      const checked = checkKey(vendor, key);
      await change((keys) => ({ ...keys, [vendor]: checked }));
    },
    delete: async (vendor) => {
      let had = false;
      await change((keys) => {
        had = Object.hasOwn(keys, vendor);
        const { [vendor]: _, ...rest } = keys;
        return rest;
      });
      return had;
    },
    list: async () => Object.entries(await read()).map(([vendor, key]) => ({ vendor, shown: maskKey(key) })),
  };
}

function checkKey(vendor: string, key: string): string {
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(vendor)) {
    throw new CapstanError(
      'invalid_config',
      `"${vendor}" is no name of a vendor. Use small letters, digits and dashes.`,
      { where: 'vendor' },
    );
  }
  const trimmed = key.trim();
  // Only what may stand in a header: no blanks, no line breaks, nothing beyond ASCII.
  if (/^[\x21-\x7e]{4,}$/.test(trimmed)) return trimmed;
  throw new CapstanError(
    'invalid_config',
    `That is no key for ${vendor}: it is too short or holds blanks. Copy it again.`,
    { where: 'key' },
  );
}

function parse(text: string, path: string): KeyFile {
  try {
    const file = JSON.parse(text) as KeyFile;
    const keys = file.keys ?? {};
    const fine =
      file.version === 1 && typeof keys === 'object' && Object.values(keys).every((key) => typeof key === 'string');
    if (fine && (file.keys || file.sealed)) return file;
  } catch {
    // Told below, without what the file says.
  }
  throw new CapstanError(
    'invalid_config',
    `${path} holds no keys that can be read. Move it away and store the keys again.`,
    { where: path },
  );
}
