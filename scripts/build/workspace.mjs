import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where builds keep what is not shipped. */
export const cache = join(root, 'node_modules/.cache/capstan-build');

/** The packages that are built, each after those it depends on: `{ folder, name, manifest, entries, after, within }`. */
export function builtPackages() {
  const folders = globSync(['packages/*/package.json', 'examples/*/package.json'], { cwd: root }).map((file) =>
    join(root, dirname(file)),
  );
  const all = folders.map(readPackage).filter(({ entries }) => entries.length > 0);
  const byName = new Map(all.map((one) => [one.name, one]));
  const sorted = new Set();
  const visit = (one) => {
    const { dependencies = {}, peerDependencies = {} } = one.manifest;
    one.after = Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) => byName.get(name) ?? []);
    one.within = withinOf(one, byName);
    for (const other of one.after) visit(other);
    sorted.add(one);
  };
  for (const one of all) visit(one);
  return [...sorted];
}

/** Packages of ours that are bundled into a command, with those that they depend on. */
function withinOf({ manifest }, byName) {
  if (manifest.exports) return [];
  const { dependencies, peerDependencies, devDependencies = {} } = manifest;
  const apart = { ...dependencies, ...peerDependencies };
  const found = new Set();
  const add = (name) => {
    const other = byName.get(name);
    if (!other?.manifest.exports || name in apart || found.has(other)) return;
    found.add(other);
    for (const next of Object.keys(other.manifest.dependencies ?? {})) add(next);
  };
  for (const name of Object.keys(devDependencies)) add(name);
  return [...found];
}

function readPackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { folder, name: manifest.name, manifest, entries: entriesOf(folder, manifest) };
}

/** Source files to build: those of `exports`, and src/main.ts of a package with a command. */
function entriesOf(folder, { exports = {}, bin }) {
  const sources = Object.values(exports).flatMap((target) => target['@capstan/source'] ?? []);
  if (bin) sources.push('./src/main.ts');
  return sources.filter((source) => existsSync(join(folder, source)));
}

/** Source files that are shipped: no tests, no fixtures. */
export function shippedSources(folder) {
  const files = globSync('src/**/*', { cwd: folder, withFileTypes: true, exclude: (entry) => isTest(entry.name) });
  return files
    .filter((entry) => entry.isFile() && !isTest(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function isTest(name) {
  return name.includes('.test.') || name === '__fixtures__' || name === '__snapshots__';
}

/** A hash that changes when a package would be built differently. */
export function inputsHash({ folder, within }) {
  const settings = globSync(['scripts/build.mjs', 'scripts/build/*.mjs', 'tsconfig.base.json', 'pnpm-lock.yaml'], {
    cwd: root,
  });
  const hash = createHash('sha256').update(process.version);
  const folders = [folder, ...within.map((one) => one.folder)];
  const files = [
    ...settings.map((file) => join(root, file)),
    ...folders.flatMap((each) => [join(each, 'package.json'), ...shippedSources(each)]),
  ];
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}
