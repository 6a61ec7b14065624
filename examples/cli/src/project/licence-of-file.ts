import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const texts = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'LICENCE.md', 'COPYING', 'COPYING.txt'];

/**
 * Says under which licence a file lies: what the nearest `package.json` above it names, else the licence text beside it.
 *
 * @returns An SPDX expression; `undefined` when nothing says.
 */
export async function licenceOfFile(path: string): Promise<string | undefined> {
  const { licenceNamed, licenceOf } = await import('@capstan/policy/origin');
  let folder = path;
  for (let up = 0; up < 24; up += 1) {
    const named = licenceField(read(join(folder, 'package.json')));
    if (named !== undefined) return licenceNamed(named) ?? named;
    for (const name of texts) {
      const text = read(join(folder, name));
      const found = text === undefined ? undefined : licenceOf(text);
      if (found !== undefined) return found;
    }
    const parent = dirname(folder);
    if (parent === folder || /(?:^|[/\\])node_modules$/.test(folder)) return undefined;
    folder = parent;
  }
  return undefined;
}

function licenceField(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { license } = JSON.parse(text) as { license?: unknown };
    if (typeof license === 'string') return license;
    const { type } = (license ?? {}) as { type?: unknown };
    return typeof type === 'string' ? type : undefined;
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
