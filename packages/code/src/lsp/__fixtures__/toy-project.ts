import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchRepository, type ScratchRepository } from '../../context/__fixtures__/scratch-repository.ts';
import type { LanguageServerChoice } from '../server-spec.ts';
import { openLanguageServers, type LanguageServers, type LanguageServersOptions } from '../language-servers.ts';

const fakeServer = fileURLToPath(new URL('fake-server.ts', import.meta.url));

/** A message that the fake server got, or what it noted. */
export interface Heard {
  readonly request?: string;
  readonly notification?: string;
  readonly params?: Record<string, unknown>;
  readonly started?: number;
  readonly asked?: string;
  readonly answer?: unknown;
  readonly keys?: readonly string[];
}

/** A repository of the toy language with a fake server for it. */
export interface ToyProject extends ScratchRepository {
  readonly servers: LanguageServers;
  /** The setting that names the fake server. */
  readonly choice: LanguageServerChoice;
  /** Absolute path of a file. */
  at(path: string): string;
  /** What the server heard so far. */
  heard(): readonly Heard[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ToyOptions extends Omit<LanguageServersOptions, 'servers'> {
  /** See the fake server. */
  readonly args?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

export function toyProject(
  files: Readonly<Record<string, string>>,
  { args = [], settings = {}, ...options }: ToyOptions = {},
): ToyProject {
  const repository = scratchRepository(files);
  const notes = mkdtempSync(join(tmpdir(), 'capstan-toy-'));
  const log = join(notes, 'log.jsonl');
  const own = args.map((word) => word.replaceAll('NOTES', notes).replaceAll('ROOT/', `${repository.root}/`));
  const toy = {
    command: process.execPath,
    args: ['--conditions=@capstan/source', fakeServer, '--log', log, ...own],
    languages: { toy: 'toy' },
    settings,
  };
  const servers = openLanguageServers(repository.root, {
    servers: { toy },
    backOffMs: 1,
    requestTimeoutMs: 10_000,
    ...options,
  });
  return {
    ...repository,
    servers,
    choice: { toy },
    at: (path) => join(servers.root, path),
    heard: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Heard)
        : [],
    async [Symbol.asyncDispose]() {
      await servers.close();
      repository[Symbol.dispose]();
      rmSync(notes, { recursive: true, force: true });
    },
  };
}

/** Tells whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
