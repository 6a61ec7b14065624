import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of its own for one test. */
export interface ScratchRepository {
  readonly root: string;
  write(path: string, text: string | Uint8Array): void;
  remove(path: string): void;
  git(...words: string[]): string;
  [Symbol.dispose](): void;
}

const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Writes files into a new folder. */
export function scratchRepository(files: Readonly<Record<string, string>> = {}): ScratchRepository {
  const root = mkdtempSync(join(tmpdir(), 'capstan-code-'));
  const write = (path: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    root,
    write,
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
    git: (...words) => execFileSync('git', ['-C', root, ...words], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
