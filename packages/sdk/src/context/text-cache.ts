import { readFile, stat } from 'node:fs/promises';

/** Text files, read again only when they have changed. */
export interface TextCache {
  /**
   * Reads a file as text, line ends as `\n`.
   *
   * @returns `undefined` where no file is; `refused` with the reason for one that is no text of a bearable size.
   */
  read(path: string): Promise<CachedText | undefined>;
}

export type CachedText = { readonly text: string } | { readonly refused: string };

interface Entry {
  readonly stamp: string;
  /** A change within the clock's grain would leave the stamp as it is, so a young one is not trusted. */
  readonly sure: boolean;
  readonly value: CachedText;
}

/** Files larger than this are no instructions. */
const maxBytes = 1_048_576;
/** The coarsest clock of a file system in use, with room. */
const grainMs = 2500;

/** Makes an empty cache. @param now Unix milliseconds. */
export function textCache(now: () => number): TextCache {
  const entries = new Map<string, Entry>();
  return {
    async read(path) {
      const before = await stampOf(path);
      if (!before) {
        entries.delete(path);
        return undefined;
      }
      const known = entries.get(path);
      if (known?.sure && known.stamp === before.stamp) return known.value;
      const value = before.size > maxBytes ? { refused: 'is larger than 1 MiB' } : await load(path);
      if (!value) return undefined;
      const after = await stampOf(path);
      const sure = after?.stamp === before.stamp && now() - before.changedAt > grainMs;
      entries.set(path, { stamp: before.stamp, sure, value });
      return value;
    },
  };
}

async function stampOf(path: string) {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  const changedAt = Number((ctimeNs > mtimeNs ? ctimeNs : mtimeNs) / 1_000_000n);
  return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(':'), size, changedAt };
}

async function load(path: string): Promise<CachedText | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ENOENT' ? undefined : { refused: `cannot be read (${code})` };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text: text.replaceAll('\r\n', '\n') };
  } catch {
    return { refused: 'is not UTF-8 text' };
  }
}
