import { cycles } from './cycles.ts';
import type { Import, SourceFile } from './source-file.ts';
import type { Architecture } from './table.ts';

/** A package as the rules see it. */
export interface PackageSources {
  readonly name: string;
  /** The folder's last name, which the tables use. */
  readonly short: string;
  readonly folder: string;
  readonly manifest: { readonly exports?: Readonly<Record<string, unknown>> };
  readonly files: readonly SourceFile[];
}

/** Imports of our packages that the table does not allow, and relative paths that leave the package. */
export function packageBreaches(
  one: PackageSources,
  architecture: Architecture,
  exported: ReadonlySet<string>,
): string[] {
  const row = architecture.packages.get(one.name);
  if (!row) return [`${one.name} is not in the table of packages`];
  return eachImport(one, (file, { specifier, target }) => {
    if (target && !target.startsWith(one.folder)) return 'leaves its package by a relative path';
    if (specifier !== 'capstan' && !specifier.startsWith('@capstan/')) return undefined;
    if (!exported.has(specifier)) return 'is not a published name';
    if (file.test || row.mayImport === 'any') return undefined;
    const testing = file.room === 'testing' && specifier === '@capstan/sdk/testing';
    return testing || row.mayImport.some((allowed) => allowed === specifier) ? undefined : 'may not import this';
  });
}

/** Imports that go up a layer or sideways between rooms that stand beside one another. */
export function roomBreaches(one: PackageSources, architecture: Architecture): string[] {
  const layers = architecture.rooms.get(one.short);
  if (!layers) return [`${one.short} is not in the table of rooms`];
  const levelOf = (room: string): number => layers.findIndex((layer) => layer.includes(room));
  const unknown = one.files.filter((file) => !isTop(file.name) && !file.test && levelOf(file.room) < 0);
  const strangers = [...new Set(unknown.map((file) => `${one.short}/${file.room} is not in the table of rooms`))];
  const byPath = new Map(one.files.map((file) => [file.path, file]));
  const breaches = eachImport(one, (file, { target }) => {
    const other = target && byPath.get(target);
    if (!other || file.test || isTop(file.name)) return undefined;
    if (isTop(other.name)) return 'imports what stands above all rooms';
    if (other.room === file.room || levelOf(file.room) < 0 || levelOf(other.room) < 0) return undefined;
    return levelOf(other.room) < levelOf(file.room) ? undefined : `${file.room} lies below or beside ${other.room}`;
  });
  return [...strangers, ...breaches];
}

/** Groups of files that import one another in a circle. */
export function importCycles(one: PackageSources): string[] {
  const byPath = new Map(one.files.map((file) => [file.path, file]));
  const next = (file: SourceFile): SourceFile[] =>
    file.imports
      .flatMap(({ target }) => (target === undefined ? [] : (byPath.get(target) ?? [])))
      .filter((other) => other !== file);
  return cycles(one.files, next).map((group) => `${one.short}: ${group.map(({ name }) => name).join(' ↔ ')}`);
}

/** An `index.ts` that `exports` does not name or that lists no names, and imports of one from inside. */
export function indexBreaches(one: PackageSources): string[] {
  const named = JSON.stringify(one.manifest.exports ?? {});
  const indexes = new Map(
    one.files.filter(({ name }) => /(^|\/)index\.tsx?$/.test(name)).map((file) => [file.path, file]),
  );
  const stray = [...indexes.values()].filter(({ name }) => !named.includes(`./src/${name}`));
  return [
    ...stray.map(({ name }) => `${one.short}/${name} is not named by exports`),
    ...eachImport(one, (file, { target, names }) => {
      const index = indexes.has(file.path);
      const toIndex = target !== undefined && indexes.has(target);
      // One published subpath may pass on the names of another.
      if (index) return names.includes('*') && !toIndex ? 'is exported without names' : undefined;
      return toIndex && !file.test ? 'imports an index.ts from inside' : undefined;
    }),
  ];
}

const starting =
  /^(node:)?(child_process|cluster)$|^(execa|cross-spawn|node-pty|@lydell\/node-pty|@modelcontextprotocol\/client\/stdio)$/;
const fileSystem = /^(node:)?fs(\/promises)?$|^(fs-extra|graceful-fs|write-file-atomic)$/;
const writing =
  /^(append|chmod|chown|copyFile|cp|createWriteStream|fchmod|ftruncate|futimes|lchmod|lchown|link|mkdir|mkdtemp|open|outputFile|rename|rm|rmdir|symlink|truncate|unlink|utimes|lutimes|write)/;

/** Uses of a door by rooms that the table does not name. */
export function doorBreaches(one: PackageSources, architecture: Architecture): string[] {
  const open = (door: string): ReadonlySet<string> => new Set(architecture.doors.get(door));
  const starters = new Set([...open('starts a process for an agent'), ...open('starts a process for the user')]);
  const writers = new Set([...open("writes in the user's tree"), ...open('writes files of its own')]);
  return eachImport(one, (file, { specifier, names }) => {
    const room = `${one.short}/${file.room}`;
    if (file.test || file.room === 'testing') return undefined;
    if (starting.test(specifier) && !starters.has(room)) return 'starts a process';
    const writes = fileSystem.test(specifier) && names.filter((name) => writing.test(name));
    return writes && writes.length > 0 && !writers.has(room) ? `writes files (${writes.join(', ')})` : undefined;
  });
}

function eachImport(one: PackageSources, judge: (file: SourceFile, seen: Import) => string | undefined): string[] {
  return one.files.flatMap((file) =>
    file.imports.flatMap((seen) => {
      const breach = judge(file, seen);
      return breach === undefined ? [] : [`${one.short}/${file.name}: "${seen.specifier}" ${breach}`];
    }),
  );
}

function isTop(name: string): boolean {
  return name === 'index.ts' || name === 'main.ts';
}
