import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { CodeIndex } from '../context/code-index.ts';
import type { StudiedChange } from './changed-file.ts';
import type { ReviewFinding } from './finding.ts';

/** Finds imports that a change breaks: of files that are not there, and of names that a file does not give any more. */
export function linkFindings(index: CodeIndex, changes: readonly StudiedChange[]): ReviewFinding[] {
  const changed = new Map(changes.map((change) => [change.path, change]));
  const gone = changes.flatMap(({ path, was, after }) =>
    after === undefined ? [path] : was === undefined ? [] : [was],
  );
  const lacking = changes.flatMap(({ path, after }) =>
    after === undefined ? [] : importsOfNothing(index, path, changed),
  );
  return [...lacking, ...importsOfGone(index, gone, changed), ...importsOfMissingNames(index, changes)];
}

const scripts = /\.[cm]?[jt]sx?$/;

/** Relative imports of scripts that lead nowhere, on lines that the change adds. */
function importsOfNothing(
  index: CodeIndex,
  path: string,
  changed: ReadonlyMap<string, StudiedChange>,
): ReviewFinding[] {
  if (!scripts.test(path)) return [];
  const added = changed.get(path)?.lines.added ?? new Set();
  return index
    .importsOf(path)
    .filter(({ specifier, files, line }) => /^\.{1,2}\//.test(specifier) && files.length === 0 && added.has(line))
    .filter(({ specifier }) => !leadsSomewhere(index.root, path, specifier))
    .map(({ specifier, line }) => ({
      rule: 'missing-file',
      severity: 'high' as const,
      path,
      line,
      title: `It imports ${specifier}, and there is no such file.`,
    }));
}

/** Files that the index does not read count too: styles, pictures, data. */
function leadsSomewhere(root: string, path: string, specifier: string): boolean {
  const target = posix.join(posix.dirname(path), specifier.replace(/[?#].*$/, ''));
  try {
    const stem = posix.basename(target).replace(/\.[cm]?[jt]sx?$/, '');
    const names = readdirSync(join(root, posix.dirname(target)));
    return names.some((name) => name === posix.basename(target) || name === stem || name.startsWith(`${stem}.`));
  } catch {
    return false;
  }
}

/** Imports, anywhere, of files that the change takes away. */
function importsOfGone(
  index: CodeIndex,
  gone: readonly string[],
  changed: ReadonlyMap<string, StudiedChange>,
): ReviewFinding[] {
  if (gone.length === 0) return [];
  const lost = new Map(gone.map((path) => [moduleName(path), path]));
  return index.files().flatMap(({ path, language }) => {
    if (language === undefined || language === 'go') return [];
    return index.importsOf(path).flatMap(({ specifier, files, line }): ReviewFinding[] => {
      const target = files.length > 0 ? undefined : lost.get(targetOf(path, specifier) ?? '');
      if (target === undefined || changed.get(path)?.lines.added.has(line)) return [];
      const title = `It still imports ${target}, which is gone.`;
      return [{ rule: 'missing-file', severity: 'high', path, line, title }];
    });
  });
}

/** What a path is called by those that import it. */
function moduleName(path: string): string {
  return path.replace(/\.(?:d\.)?[^./]+$/, '').replace(/\/(?:index|__init__)$/, '');
}

function targetOf(path: string, specifier: string): string | undefined {
  if (scripts.test(path)) {
    if (!/^\.{1,2}(\/|$)/.test(specifier)) return undefined;
    return posix.join(posix.dirname(path), specifier.replace(/\.[cm]?[jt]sx?$/, '')).replace(/\/index$/, '');
  }
  const [, dots = '', name = ''] = /^(\.*)(.*)$/.exec(specifier) ?? [];
  const rest = name.replaceAll('.', '/');
  if (dots === '') return rest;
  let folder = posix.dirname(path);
  for (let up = 1; up < dots.length; up++) folder = posix.dirname(folder);
  return posix.join(folder, rest);
}

/** Names that are imported from a changed file, or by one, and that are not given. */
function importsOfMissingNames(index: CodeIndex, changes: readonly StudiedChange[]): ReviewFinding[] {
  const touched = new Set(changes.filter(({ after }) => after !== undefined).map(({ path }) => path));
  const importers = new Set([...touched, ...[...touched].flatMap((path) => index.importersOf(path))]);
  return [...importers].flatMap((path) =>
    index.importsOf(path).flatMap(({ names, files, line, kind }): ReviewFinding[] => {
      const [file, ...more] = files;
      if (file === undefined || more.length > 0 || kind === 'require' || kind === 'dynamic') return [];
      if (!touched.has(path) && !touched.has(file)) return [];
      const given = namesGiven(index, file);
      const missing = names.map(([name]) => name).filter((name) => name !== '*' && given && !given.has(name));
      return missing.map((name) => ({
        rule: 'missing-export',
        severity: 'high',
        path,
        line,
        title: `It imports ${name} from ${file}, which does not give it.`,
      }));
    }),
  );
}

/** All names that a file gives to others; undefined where that cannot be told. */
function namesGiven(index: CodeIndex, path: string): ReadonlySet<string> | undefined {
  const file = index.file(path);
  if (!file || file.broken || !scripts.test(path) || path.endsWith('.d.ts')) return undefined;
  const passed = index.importsOf(path).filter(({ kind }) => kind === 'export');
  if (passed.some(({ names }) => names.some(([imported, given]) => imported === '*' && given === '*')))
    return undefined;
  const names = [
    ...index.exportsOf(path).map(([exported]) => exported),
    ...passed.flatMap((one) => one.names.map(([, given]) => given)),
  ];
  // A module of the older kind gives what it assigns to.
  return names.length === 0 ? undefined : new Set(names);
}
