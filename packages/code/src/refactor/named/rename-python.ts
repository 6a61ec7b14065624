import { lineMap } from '../../parse/line-map.ts';
import type { Occurrence } from '../../parse/occurrence.ts';
import type { CodeSymbol } from '../../parse/facts.ts';
import { refuse, type ObstacleReason } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { around, nodeAt, type NamedFile } from './named-file.ts';
import { addPlace, finishRename, newPlaces, obstacleAt, type NamedPlaces, type NamedRename } from './named-rename.ts';
import { renamePythonMember } from './python-members.ts';
import { noteDecorators, noteKeywords } from './python-calls.ts';
import { noteManifests, notePublic, noteStrings } from './python-strings.ts';

const reserved =
  /^(False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|__debug__)$/;

/**
 * Renames a name of Python: what a module declares, in all that imports it; what a function declares, with keywords of its
 * calls; members that only their class and its sub-classes use by `self`.
 *
 * @throws {CapstanError} `conflict` when that would not be sound.
 */
export function renamePython(rename: NamedRename): Outcome {
  const { target, next, old, what } = rename;
  const file = rename.read(target.path);
  const name = file?.names.find(({ start }) => start === target.offset);
  if (!file || !name) return refuse(what, { reason: 'unsupported', where: target.path, what: 'no name stands here' });
  const no = (reason: ObstacleReason, why: string): never =>
    refuse(what, obstacleAt(file, target.offset, { reason, what: why }));
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(next) || reserved.test(next)) no('unsupported', `${next} is no name of Python`);
  if (/^__\w+__$/.test(old)) no('unsupported', `${old} has a meaning of its own`);
  if (builtin.test(next)) no('collision', `${next} is a name of the language itself`);
  const isForeign = name.role === 'import' && name.binding !== undefined && name.binding !== name.start;
  const asked = isForeign ? { ...name, start: name.binding ?? name.start, member: true } : name;
  const found = moduleMember(rename, file, asked);
  if (isForeign && !found) return no('not ours', 'it is imported from outside this repository, or names a module');
  if (found)
    return renameModuleName(
      { ...rename, target: { path: found.file.path, offset: found.name.start } },
      found.file,
      found.name,
    );
  const holder = classOf(rename, file, name);
  if (name.member === true || holder) return renamePythonMember(rename, file, { name, holder });
  if (name.binding === undefined) return no('unknown type', 'nothing says where it is declared');
  if (name.top === true) return renameTop(rename, file, name);
  const places = newPlaces();
  for (const one of file.names) {
    if (one.member !== true && one.binding === name.binding && one.name === old)
      addPlace(places, file.path, one.start, rename);
  }
  noteKeywords(rename, file, { binding: name.binding, places });
  noteLocalTricks(rename, file, { binding: name.binding, places });
  return finishRename(rename, places);
}

const builtin =
  /^(print|len|range|int|str|float|bool|list|dict|set|tuple|object|type|super|isinstance|issubclass|open|iter|next|map|filter|zip|sorted|reversed|sum|min|max|abs|all|any|getattr|setattr|hasattr|repr|hash|id|input|format|vars|dir|property|staticmethod|classmethod|enumerate|bytes|bytearray|callable|chr|ord|eval|exec|globals|locals|compile|pow|round|slice|Exception|ValueError|TypeError|KeyError)$/;

interface Found {
  readonly file: NamedFile;
  readonly name: Occurrence;
}

/** A use that leads through an import to a name of another module: `m.load`, `from m import load`. */
function moduleMember(rename: NamedRename, file: NamedFile, name: Occurrence): Found | undefined {
  const { index, files, old } = rename;
  if (name.member !== true && name.role === 'import' && importedName(file, name) !== undefined) return undefined;
  const mark = files.disk(file.path)?.mark.length ?? 0;
  const symbol = index.definitionAt(file.path, name.start + mark);
  const isModules = symbol?.container === '' && symbol.name === old && symbol.path !== file.path;
  const home = isModules ? rename.read(symbol.path) : undefined;
  if (!home || !symbol || !/\.pyi?$/.test(symbol.path)) return undefined;
  const at = symbol.nameStart - (files.disk(symbol.path)?.mark.length ?? 0);
  const declared = home.names.find(({ start }) => start === at);
  return declared && { file: home, name: declared };
}

/** What a name is called where it comes from, when the import gives it another name here. */
function importedName(file: NamedFile, name: Occurrence): string | undefined {
  const node = nodeAt(file, name.binding ?? name.start);
  const before = node.prevSibling;
  const first = before?.name === 'as' ? before.prevSibling : undefined;
  const original = first ? file.text.slice(first.from, first.to) : undefined;
  return original === name.name ? undefined : original;
}

/** The class whose body declares the name; undefined for what stands elsewhere. */
function classOf({ index, files }: NamedRename, file: NamedFile, name: Occurrence): CodeSymbol | undefined {
  if (name.member === true || name.binding === undefined || name.top === true) return undefined;
  const mark = files.disk(file.path)?.mark.length ?? 0;
  const outline = index.outline(file.path);
  const own = outline.find(({ nameStart, container }) => nameStart === (name.binding ?? 0) + mark && container !== '');
  if (!own) return undefined;
  const around = outline.filter((one) => one.start <= own.start && one.end >= own.end && one !== own);
  const inner = around.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
  return inner?.kind === 'class' ? inner : undefined;
}

function renameTop(rename: NamedRename, file: NamedFile, name: Occurrence): Outcome {
  const { what } = rename;
  const declared = file.names.find(({ start }) => start === name.binding);
  if (declared?.role !== 'import') return renameModuleName(rename, file, declared ?? name);
  const alias = importedName(file, declared);
  if (alias === undefined) {
    const found = moduleMember(rename, file, { ...declared, member: false });
    if (found)
      return renameModuleName(
        { ...rename, target: { path: found.file.path, offset: found.name.start } },
        found.file,
        found.name,
      );
    refuse(
      what,
      obstacleAt(file, name.start, {
        reason: 'not ours',
        what: 'it is imported from outside this repository, or names a module',
      }),
    );
  }
  return renameModuleName(rename, file, declared);
}

/** Renames a name at the top of a module, in the module and in all that get it from there. */
function renameModuleName(rename: NamedRename, file: NamedFile, name: Occurrence): Outcome {
  const { index, files, old } = rename;
  const places = newPlaces();
  const holders = new Set([file.path]);
  for (const one of file.names) {
    if (one.member !== true && one.name === old && one.top === true && one.binding === name.binding) {
      addPlace(places, file.path, one.start, rename);
    }
  }
  const mark = files.disk(file.path)?.mark.length ?? 0;
  const symbol = index
    .outline(file.path)
    .find(({ nameStart, container }) => nameStart === name.start + mark && container === '');
  const uses = symbol ? index.references({ ...symbol, path: file.path }).filter(({ sure }) => sure) : [];
  for (const { path, start, role } of uses) {
    const own = files.disk(path)?.mark.length ?? 0;
    const text = files.text(path) ?? '';
    if (text.slice(start - own, start - own + old.length) !== old) continue;
    if (isDecoratorPart(rename, path, start - own)) continue;
    addPlace(places, path, start - own, rename);
    if (role === 'import') holders.add(path);
  }
  for (const path of holders)
    for (const importer of index.importersOf(path)) followInner(rename, importer, { holders, places });
  if (!/^_/.test(old)) followStars(rename, holders, places);
  noteDecorators(rename, file, { name, places });
  noteStrings(rename, holders, places);
  noteManifests(rename, file.path, places);
  notePublic(rename, file, { name, holders, places });
  noteCollection(rename, file, { name, places });
  if (/(^|\/)__init__\.pyi?$/.test(file.path)) noteSubmodule(rename, file, places);
  return finishRename(rename, places, holders);
}

/** Imports within functions, which make the name known only there. */
function followInner(
  rename: NamedRename,
  path: string,
  { holders, places }: { readonly holders: ReadonlySet<string>; readonly places: NamedPlaces },
): void {
  const { index, old, read } = rename;
  const file = read(path);
  if (!file) return;
  const lines = lineMap(file.text);
  const facts = index
    .importsOf(path)
    .filter(({ files, names }) => files.some((one) => holders.has(one)) && names.some(([from]) => from === old));
  for (const name of file.names) {
    if (name.name !== old || name.role !== 'import' || name.top === true) continue;
    const statement = around(nodeAt(file, name.start), /^ImportStatement$/);
    const line = statement ? lines.lineAt(statement.from) : 0;
    if (!facts.some((fact) => fact.line === line)) continue;
    addPlace(places, path, name.start, rename);
    if (name.binding !== name.start) continue;
    for (const use of file.names) {
      if (use.name === old && use.member !== true && use.binding === name.start)
        addPlace(places, path, use.start, rename);
    }
  }
}

function isDecoratorPart(rename: NamedRename, path: string, start: number): boolean {
  const file = rename.read(path);
  const known = file?.names.find((one) => one.start === start);
  const node = file && nodeAt(file, start);
  return (
    known?.member === true &&
    node?.parent?.name === 'Decorator' &&
    known.of === undefined &&
    node.prevSibling?.name === '.'
  );
}

/** `from m import *` makes the name known without saying it. */
function followStars(rename: NamedRename, holders: Set<string>, places: NamedPlaces): void {
  const { index, old, read } = rename;
  const open = [...holders];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const given = path;
    for (const importer of index.importersOf(given)) {
      const stars = index
        .importsOf(importer)
        .filter(({ names }) => names.some(([from, to]) => from === '*' && to === '*'));
      if (!stars.some(({ files }) => files.includes(given)) || hidesName(read(given), old)) continue;
      const file = read(importer);
      const uses = (file?.names ?? []).filter(
        (one) => one.name === old && one.member !== true && one.binding === undefined,
      );
      for (const use of uses) addPlace(places, importer, use.start, rename);
      const other = stars.find(
        ({ files }) => !files.includes(given) && (files.length === 0 || files.some((one) => hasTop(read(one), old))),
      );
      if (file && other && uses[0]) {
        places.obstacles.push(
          obstacleAt(file, uses[0].start, {
            reason: 'unknown type',
            what: `it may come from ${other.specifier} too, of which all is imported`,
          }),
        );
      }
      if (holders.has(importer)) continue;
      holders.add(importer);
      open.push(importer);
    }
  }
}

function hasTop(file: NamedFile | undefined, name: string): boolean {
  return file?.names.some((one) => one.name === name && one.top === true && one.binding === one.start) === true;
}

/** A module that lists what it gives away, without this name. */
function hidesName(file: NamedFile | undefined, name: string): boolean {
  if (!file || !/^__all__\s*(:.*)?=/m.test(file.text)) return false;
  return !new RegExp(`["']${name}["']`).test(file.text);
}

function noteLocalTricks(
  { old }: NamedRename,
  file: NamedFile,
  { binding, places }: { readonly binding: number; readonly places: NamedPlaces },
): void {
  const holder = around(nodeAt(file, binding), /^(FunctionDefinition|LambdaExpression)$/);
  const text = holder ? file.text.slice(holder.from, holder.to) : '';
  const found = /\b(locals|vars|eval|exec)\s*\(/.exec(text);
  if (!found || !holder) return;
  const what = `${found[1]}() may look ${old} up by its name`;
  places.obstacles.push(obstacleAt(file, holder.from + found.index, { reason: 'dynamic access', what }));
}

/** Test runners and frameworks find things by how their names begin. */
function noteCollection(
  { old, next }: NamedRename,
  file: NamedFile,
  { name, places }: { readonly name: Occurrence; readonly places: NamedPlaces },
): void {
  const isTest = (word: string): boolean => /^(test|Test|pytest_|setup_|teardown_)/.test(word);
  if (isTest(old) === isTest(next) || !/(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/.test(file.path)) return;
  places.obstacles.push(
    obstacleAt(file, name.start, { reason: 'dynamic access', what: 'the test runner goes by how the name begins' }),
  );
}

function noteSubmodule({ index, next }: NamedRename, file: NamedFile, places: NamedPlaces): void {
  const folder = file.path.replace(/__init__\.pyi?$/, '');
  const taken = [`${folder}${next}.py`, `${folder}${next}/__init__.py`].find((path) => index.file(path));
  if (taken !== undefined)
    places.obstacles.push({ reason: 'collision', where: taken, what: `a module is called ${next}` });
}
