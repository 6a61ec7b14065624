import { readFileSync } from 'node:fs';

/** Gives the version of the command line from its package file, which lies beside `src` and beside `dist`. */
export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
