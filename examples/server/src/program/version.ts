import { readFileSync } from 'node:fs';

/** Gives the version of the relay from its package file, which lies beside `src` and beside `dist`. */
export function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        readonly name?: string;
        readonly version?: string;
      };
      if (manifest.name === 'capstan-server') return manifest.version ?? '0.0.0';
    } catch {
      // The other place is it.
    }
  }
  return '0.0.0';
}
