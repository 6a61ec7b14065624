import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findProgram } from '../shell/launch-line.ts';

/** What a folder says about the tools it uses. */
export interface Project {
  /** Absolute. */
  readonly folder: string;
  /** Highest folder to look in for tools. */
  readonly root: string;
  /** Every package that the manifest names, in any kind of dependency. */
  readonly packages: ReadonlySet<string>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly manifest: Readonly<Record<string, unknown>>;
  has(name: string): boolean;
  /** Text of a file of the folder; empty where there is none. */
  text(name: string): string;
  /** Names in the folder that match. */
  names(pattern: RegExp): string[];
}

/** Reads what a folder says about itself. */
export function readProject(folder: string, root: string): Project {
  const text = (name: string): string => readQuietly(join(folder, name));
  const manifest = parseObject(text('package.json'));
  const dependencies = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
    Object.keys(objectOf(manifest[kind])),
  );
  const scripts = Object.fromEntries(
    Object.entries(objectOf(manifest.scripts)).map(([name, line]) => [name, String(line)]),
  );
  return {
    folder,
    root,
    packages: new Set(dependencies),
    scripts,
    manifest,
    has: (name) => existsSync(join(folder, name)),
    text,
    names: (pattern) => namesIn(folder).filter((name) => pattern.test(name)),
  };
}

/**
 * Finds a program of a project: in `node_modules/.bin` or a virtual environment of the folder or one above it up to the
 * root, else in `PATH`.
 *
 * @throws {CapstanError} `not_found`
 */
export function projectProgram(
  { folder, root }: Project,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const folders = foldersUpTo(folder, root);
  const places = folders.flatMap((place) =>
    ['node_modules/.bin', '.venv/bin', 'venv/bin'].map((bin) => join(place, bin)),
  );
  return findProgram(name, { cwd: folder, env: { PATH: [...places, env.PATH ?? ''].join(delimiter) } });
}

function foldersUpTo(folder: string, root: string): string[] {
  const folders = [folder];
  while (folders.at(-1) !== root && dirname(folders.at(-1)!) !== folders.at(-1)) folders.push(dirname(folders.at(-1)!));
  return folders;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
