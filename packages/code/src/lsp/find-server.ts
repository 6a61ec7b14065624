import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { ServerCommand, ServerSpec } from './server-spec.ts';

/** Where programs are looked for. */
export interface Surroundings {
  /** Absolute root of the work tree, links followed. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A server that is there. */
export interface FoundServer {
  readonly spec: ServerSpec;
  /** The command as it is shown and judged: its program by name. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute path of the program. */
  readonly program: string;
  /** Whether the program lies in the work tree, so that it is code of the repository. */
  readonly from: 'repository' | 'path';
}

/** Folders of programs in a project, the likeliest first. */
const projectFolders = ['node_modules/.bin', '.venv/bin', 'venv/bin', 'env/bin'];

/**
 * Finds the server of a language for a folder: in what the folder and those above it installed, up to the root, in an
 * activated virtual environment, then in `PATH`. Nothing is run for it.
 */
export function findServer(spec: ServerSpec, folder: string, around: Surroundings): FoundServer | undefined {
  const places = [
    ...foldersUpTo(folder, around.root).flatMap((above) => projectFolders.map((bin) => join(above, bin))),
    ...(around.env['VIRTUAL_ENV'] ? [join(around.env['VIRTUAL_ENV'], 'bin')] : []),
    ...(around.env['PATH'] ?? '').split(delimiter).filter(isAbsolute),
  ];
  for (const command of spec.commands) {
    const program = programOf(command, places);
    if (program === undefined) continue;
    const from = isInside(program, around.root) ? 'repository' : 'path';
    return { spec, argv: command.argv, program, from };
  }
  return undefined;
}

/** Finds the folder that a server is started for, seen from a file of the work tree. */
export function serverFolder({ rootMarkers = [], rootIs = 'nearest' }: ServerSpec, file: string, root: string): string {
  const marked = foldersUpTo(dirname(file), root).filter((folder) =>
    rootMarkers.some((name) => existsSync(join(folder, name))),
  );
  return (rootIs === 'nearest' ? marked[0] : marked.at(-1)) ?? root;
}

/** A folder and those above it, up to the root of the work tree. */
export function foldersUpTo(folder: string, root: string): string[] {
  const folders = [];
  for (let at = folder; isInside(at, root); at = dirname(at)) {
    folders.push(at);
    if (at === root || at === dirname(at)) break;
  }
  return folders.length === 0 ? [root] : folders;
}

/** Tells whether an absolute path is a folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function programOf({ argv: [name], package: wanted }: ServerCommand, places: readonly string[]): string | undefined {
  const found = (isAbsolute(name) ? [name] : places.map((folder) => join(folder, name))).filter(isExecutable);
  return found.find((program) => wanted === undefined || majorOf(program, wanted.name) >= wanted.from);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The major version of the package that a program belongs to, beside `.bin` or around the program itself; 0 when unknown. */
function majorOf(program: string, name: string): number {
  const beside = join(dirname(program), '..', name, 'package.json');
  const around = [];
  for (let folder = dirname(realpathSync(program)); folder !== dirname(folder); folder = dirname(folder)) {
    around.push(join(folder, 'package.json'));
  }
  for (const manifest of [beside, ...around]) {
    const read = manifestAt(manifest);
    if (read?.name === name) return Number.parseInt(read.version, 10) || 0;
  }
  return 0;
}

function manifestAt(path: string): { readonly name: string; readonly version: string } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('name' in value) || !('version' in value)) return undefined;
    return { name: String(value.name), version: String(value.version) };
  } catch {
    return undefined;
  }
}
