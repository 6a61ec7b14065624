import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { apiPage } from './api-page.ts';
import type { PublishedPath } from './api-page.ts';
import { publicNames } from './public-names.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
// From the bottom up, so that a name stands where it is declared.
const order = ['policy', 'sdk', 'providers', 'tools', 'code', 'improve'];
const paths = globSync('packages/*/package.json', { cwd: root })
  .toSorted((a, b) => rank(a) - rank(b))
  .flatMap(publishedPaths);

function rank(manifest: string): number {
  const at = order.indexOf(manifest.split(/[\\/]/)[1]!);
  return at < 0 ? order.length : at;
}

function publishedPaths(manifest: string): PublishedPath[] {
  const folder = join(root, dirname(manifest));
  const { name, exports } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as {
    name: string;
    exports: Readonly<Record<string, { readonly '@capstan/source'?: string }>>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    const source = target['@capstan/source'] && join(folder, target['@capstan/source']);
    if (!source || !existsSync(source)) return [];
    const shown = relative(root, source).replaceAll('\\', '/');
    return [{ specifier: name + path.slice(1), source: shown, names: publicNames(source) }];
  });
}

test('the reference of the API is what the packages export', async () => {
  await expect(apiPage(paths)).toMatchFileSnapshot(join(root, 'docs/reference/api.md'));
});

test('every published function, class and value has a documentation comment', () => {
  const bare = paths.flatMap(({ specifier, names }) =>
    names.filter(({ about, kind }) => !about && kind !== 'type').map(({ name }) => `${specifier}: ${name}`),
  );
  expect([...new Set(bare)]).toEqual([]);
});
