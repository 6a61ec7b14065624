import { readFile, stat } from 'node:fs/promises';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { parseSettings } from './parse-settings.ts';
import type { Settings } from './schema.ts';

export interface WatchOptions {
  readonly file: string;
  /** Hears each new configuration; may refuse it by throwing, then the old one stays. */
  readonly changed: (settings: Settings) => Promise<void> | void;
  /** Hears why a changed file was not taken. */
  readonly refused: (message: string) => void;
  /** How often to look, in milliseconds. Default 1,000. */
  readonly everyMs?: number;
}

export interface SettingsWatch {
  /** Looks now. */
  look(): Promise<void>;
  stop(): void;
}

/** Reads a configuration file. @throws {CapstanError} `invalid_config` when it cannot be read, or says something wrong. */
export async function readSettings(file: string): Promise<Settings> {
  return parseSettings(await textOf(file), file);
}

/**
 * Watches a configuration file by its time, size and place, which also sees files that are swapped by a link. A broken
 * file changes nothing and is told once.
 */
export function watchSettings({ file, changed, refused, everyMs = 1000 }: WatchOptions): SettingsWatch {
  let known: string | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const stamp = await stampOf(file);
    if (stamp === known) return;
    const first = known === undefined;
    known = stamp;
    if (first) return;
    try {
      await changed(await readSettings(file));
    } catch (error) {
      refused(isCapstanError(error) ? error.message : `${file} could not be taken: ${String(error)}`);
    }
  };
  const queued = (): Promise<void> => (looking = looking.then(look));
  void queued();
  const timer = setInterval(() => void queued(), everyMs).unref();
  return { look: queued, stop: () => clearInterval(timer) };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const text = `The configuration ${file} cannot be read (${code ?? 'unknown'}). Check its path and rights.`;
    throw new CapstanError('invalid_config', text, { where: file }, { cause });
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch {
    return 'absent';
  }
}
