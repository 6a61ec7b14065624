import { dirname, join, relative } from 'node:path/posix';
import type ts from 'typescript-6';
import { placeOf } from '../find-target.ts';
import { refuseFor, type Obstacle } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { checkPlanned, rememberBefore } from './check-planned.ts';
import { gatherEdits, putEdits, type GatheredEdits } from './put-edits.ts';
import { eachNode } from './script-nodes.ts';
import { isScriptPath } from './script-projects.ts';
import type { ScriptWorkspace } from './script-workspace.ts';
import { styleOf } from './text-style.ts';

/**
 * Moves a file and brings what imports it, and what it imports, up to date.
 *
 * @throws {CapstanError} `conflict` when something depends on where it lies that cannot be changed with it.
 */
export function moveFile(
  work: ScriptWorkspace,
  { from, to, isPublic }: { readonly from: string; readonly to: string; readonly isPublic: boolean },
): Outcome {
  const { typescript, files } = work;
  const what = `move ${from} to ${to}`;
  refuseFor(what, wayObstacles(work, from, to));
  const moved = new Map([[from, to]]);
  const before = rememberBefore(work, [from], what);
  refuseFor(what, [...ownPlaceObstacles(work, from, to), ...namedByText(work, from, isPublic)]);
  const importers = new Set(before.services.flatMap((one) => one.paths()));
  const { format, preferences } = styleOf(typescript, files.text(from) ?? '');
  const [old, next] = [join(files.root, from), join(files.root, to)];
  const gathered: GatheredEdits = new Map();
  for (const { service } of before.services) {
    gatherEdits(work, service.getEditsForFileRename(old, next, format, preferences), { into: gathered, what });
  }
  const places = new Map<string, number>();
  gatherEdits(work, stringEdits(work, importers, { from, to }), { into: gathered, what });
  putEdits(work, gathered, { what, places });
  files.put(to, files.text(from) ?? '');
  files.put(from, null);
  const checked = checkPlanned(work, before, { what, moved, isPublic });
  return { summary: what, warnings: mentions(work, from), checked, places, moved };
}

function wayObstacles(work: ScriptWorkspace, from: string, to: string): Obstacle[] {
  const no = (where: string, what: string): Obstacle[] => [{ reason: 'unsupported', where, what }];
  if (!work.paths.includes(from)) return no(from, 'there is no such file of TypeScript or JavaScript');
  if (from === to) return no(to, 'it is there already');
  if (!isScriptPath(to)) return no(to, 'that is no name of a file of TypeScript or JavaScript');
  if (work.files.disk(to)) return [{ reason: 'collision', where: to, what: 'there is a file of this name already' }];
  return [];
}

/** Code that asks where its own file lies. */
function ownPlaceObstacles(work: ScriptWorkspace, from: string, to: string): Obstacle[] {
  if (dirname(from) === dirname(to)) return [];
  const text = work.files.text(from) ?? '';
  const own = /\b__dirname\b|\b__filename\b|\bimport\.meta\.(url|dirname|filename|glob)\b/.exec(text);
  if (!own) return [];
  const what = `${own[0]} depends on where the file lies`;
  return [{ reason: 'dynamic access', where: placeOf(from, text, own.index), what }];
}

/** Manifests and settings that name the file. */
function namedByText(work: ScriptWorkspace, from: string, isPublic: boolean): Obstacle[] {
  const configs = work.index.files().filter(({ path }) => /(^|\/)(package|[jt]sconfig[^/]*)\.json$/.test(path));
  return configs.flatMap(({ path }): Obstacle[] => {
    if (isPublic && path.endsWith('package.json')) return [];
    const text = work.files.text(path) ?? '';
    const way = relative(dirname(path), from);
    if (way.startsWith('..')) return [];
    const at = [`"./${way}"`, `"${way}"`].map((name) => text.indexOf(name)).find((one) => one >= 0);
    return at === undefined
      ? []
      : [{ reason: 'string', where: placeOf(path, text, at), what: 'the file is named here' }];
  });
}

/** Strings that lead to the file past the imports that the service knows: mocks of test runners, workers. */
function stringEdits(
  work: ScriptWorkspace,
  paths: Iterable<string>,
  { from, to }: { readonly from: string; readonly to: string },
): readonly ts.FileTextChanges[] {
  const { typescript, files } = work;
  const name = stemOf(from).split('/').at(-1) ?? '';
  const found: ts.FileTextChanges[] = [];
  for (const path of new Set([...paths, ...work.paths])) {
    const text = files.text(path) ?? '';
    if (path === from || !work.paths.includes(path) || !text.includes(name === 'index' ? '.' : name)) continue;
    const source = work.homeOf(path).source(path);
    const textChanges: ts.TextChange[] = [];
    if (!source) continue;
    eachNode(typescript, source, (node) => {
      if (!typescript.isStringLiteralLike(node) || !leadsTo(path, node.text, from) || isImport(typescript, node))
        return;
      const span = { start: node.getStart() + 1, length: node.text.length };
      textChanges.push({ span, newText: specifierTo(path, node.text, to) });
    });
    if (textChanges.length > 0) found.push({ fileName: join(files.root, path), textChanges });
  }
  return found;
}

function isImport(typescript: typeof ts, { parent }: ts.Node): boolean {
  const isCall = typescript.isCallExpression(parent);
  return (
    typescript.isImportDeclaration(parent) ||
    typescript.isExportDeclaration(parent) ||
    (isCall && parent.expression.kind === typescript.SyntaxKind.ImportKeyword) ||
    (isCall && parent.expression.getText() === 'require') ||
    typescript.isExternalModuleReference(parent) ||
    typescript.isLiteralTypeNode(parent)
  );
}

function leadsTo(path: string, specifier: string, file: string): boolean {
  if (!/^\.{1,2}\//.test(specifier)) return false;
  const target = join(dirname(path), specifier);
  return target === file || target === stemOf(file) || (stemOf(target) === stemOf(file) && isScriptPath(target));
}

/** Writes a way to a file as another way was written: with or without its ending. */
function specifierTo(path: string, like: string, to: string): string {
  const way = relative(dirname(path), to);
  const dotted = way.startsWith('.') ? way : `./${way}`;
  const ending = /\.[cm]?[jt]sx?$/.exec(like)?.[0];
  return ending === undefined ? stemOf(dotted) : stemOf(dotted) + ending;
}

function stemOf(path: string): string {
  return path.replace(/(\.d)?\.[cm]?[jt]sx?$/, '');
}

/** Texts that are no code and name the file. */
function mentions(work: ScriptWorkspace, from: string): string[] {
  const found: string[] = [];
  for (const { path, language } of work.index.files()) {
    if (language !== undefined || /\.lock$|lock\.ya?ml$/.test(path)) continue;
    const text = work.files.text(path) ?? '';
    const at = text.indexOf(from);
    if (at >= 0) found.push(`${placeOf(path, text, at)} names ${from} still`);
  }
  return found.slice(0, 20);
}
