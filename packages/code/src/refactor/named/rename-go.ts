import { parentOf } from '../../index/config-files.ts';
import type { Occurrence } from '../../parse/occurrence.ts';
import { refuse } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { around, eachNode, nodeAt, type NamedFile } from './named-file.ts';
import { addPlace, finishRename, newPlaces, obstacleAt, type NamedPlaces, type NamedRename } from './named-rename.ts';

const reserved =
  /^(break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var|_)$/;
const predeclared =
  /^(any|bool|byte|comparable|complex64|complex128|error|float32|float64|int|int8|int16|int32|int64|rune|string|uint|uint8|uint16|uint32|uint64|uintptr|true|false|iota|nil|append|cap|clear|close|complex|copy|delete|imag|len|make|max|min|new|panic|print|println|real|recover|init|main)$/;

/**
 * Renames a name of Go: what a package declares, in all that imports it; what a function declares; fields and methods
 * that only their package can name and only one type has.
 *
 * @throws {CapstanError} `conflict` when that would not be sound.
 */
export function renameGo(rename: NamedRename): Outcome {
  const { target, next, old, what } = rename;
  const file = rename.read(target.path);
  const name = file?.names.find(({ start }) => start === target.offset);
  if (!file || !name) return refuse(what, { reason: 'unsupported', where: target.path, what: 'no name stands here' });
  const no = (reason: Parameters<typeof obstacleAt>[2]['reason'], why: string): never =>
    refuse(what, obstacleAt(file, target.offset, { reason, what: why }));
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(next) || reserved.test(next)) no('unsupported', `${next} is no name of Go`);
  if (name.member !== true && predeclared.test(next)) no('collision', `${next} is a name of the language itself`);
  if (/^(init|main|_)$/.test(old)) no('unsupported', `${old} has a meaning of its own`);
  const places = newPlaces();
  if (name.member === true) return renameMember(rename, file, { name, places });
  if (name.binding !== undefined && name.top !== true) return renameLocal(rename, file, { name, places });
  return renameTop(rename, file, { name, places });
}

interface Named {
  readonly name: Occurrence;
  readonly places: NamedPlaces;
}

function renameLocal(rename: NamedRename, file: NamedFile, { name, places }: Named): Outcome {
  for (const one of file.names) {
    if (one.name !== rename.old || one.binding !== name.binding || one.member === true) continue;
    addPlace(places, file.path, one.start, rename);
  }
  noteKeys(rename, file, places);
  noteTypeParameters(rename, [file], places);
  refusePackageName(rename, file, places);
  return finishRename(rename, places);
}

/** A key of a literal may be a variable or a field: only the type tells. */
function noteKeys(rename: NamedRename, file: NamedFile, places: NamedPlaces): void {
  const own = new Set((places.edits.get(file.path) ?? []).map(({ start }) => start));
  for (const { start, name } of file.names) {
    const key = name === rename.old ? around(nodeAt(file, start), /^Key$/) : undefined;
    if (!key || key.from !== start || !own.has(start)) continue;
    const what = 'a key of a literal; it may be a field or a variable';
    places.obstacles.push(obstacleAt(file, start, { reason: 'unknown type', what }));
  }
}

/** Type parameters hide names of the package without being read as declarations. */
function noteTypeParameters({ old, next }: NamedRename, files: readonly NamedFile[], places: NamedPlaces): void {
  for (const file of files) {
    eachNode(file, (node) => {
      if (node.name !== 'TypeParam') return;
      const name = file.text.slice(node.firstChild?.from ?? 0, node.firstChild?.to ?? 0);
      if (name !== old && name !== next) return;
      places.obstacles.push(
        obstacleAt(file, node.from, { reason: 'collision', what: `a type parameter is called ${name}` }),
      );
    });
  }
}

/** A name that an import gives to a package holds in the whole file. */
function refusePackageName({ index, next }: NamedRename, file: NamedFile, places: NamedPlaces): void {
  for (const { names, line } of index.importsOf(file.path)) {
    for (const [, local] of names) {
      if (local !== next) continue;
      places.obstacles.push({
        reason: 'collision',
        where: `${file.path}:${line}`,
        what: `an imported package is called ${next}`,
      });
    }
  }
}

function packageOf(file: NamedFile): string {
  const clause = file.tree.topNode.getChild('PackageClause')?.getChild('DefName');
  return clause ? file.text.slice(clause.from, clause.to) : '';
}

/** All files of the package that a file belongs to. */
function packageFiles({ index, read }: NamedRename, file: NamedFile): readonly NamedFile[] {
  const folder = parentOf(file.path);
  const paths = [...index.files(), ...index.skipped()].map(({ path }) => path);
  const near = paths
    .filter((path) => path.endsWith('.go') && parentOf(path) === folder)
    .flatMap((path) => read(path) ?? []);
  return near.filter((one) => packageOf(one) === packageOf(file));
}

function renameTop(rename: NamedRename, file: NamedFile, { name, places }: Named): Outcome {
  const { old, what, target } = rename;
  const imported = name.binding === undefined ? localPackage(rename, file, old) : undefined;
  if (imported)
    refuse(
      what,
      obstacleAt(file, target.offset, { reason: 'unsupported', what: 'it names a package; change its import' }),
    );
  const own = packageFiles(rename, file);
  const declared = own.flatMap((one) =>
    one.names.filter((each) => isTopDeclaration(each, old)).map((each) => ({ one, each })),
  );
  const [first] = declared;
  if (!first) {
    refuse(what, obstacleAt(file, target.offset, { reason: 'not ours', what: 'no file of this package declares it' }));
  }
  refuseTaken(rename, own, places);
  for (const one of own) {
    for (const each of one.names) {
      const isIt = each.name === old && each.member !== true && (each.binding === undefined || each.top === true);
      if (isIt) addPlace(places, one.path, each.start, rename);
    }
    noteKeys(rename, one, places);
    noteLinkNames(rename, one, places);
  }
  noteTypeParameters(rename, own, places);
  noteVisibility(rename, file, places);
  const importers = renameInImporters(rename, own, places);
  noteEmbedded(rename, [...own, ...importers], places);
  return finishRename(
    rename,
    places,
    own.map(({ path }) => path),
  );
}

function isTopDeclaration({ name, role, top, start, binding }: Occurrence, old: string): boolean {
  return name === old && role === 'declaration' && top === true && binding === start;
}

function localPackage({ index }: NamedRename, { path }: NamedFile, name: string): boolean {
  return index.importsOf(path).some(({ names }) => names.some(([, local]) => local === name));
}

function refuseTaken(rename: NamedRename, own: readonly NamedFile[], places: NamedPlaces): void {
  const { next } = rename;
  for (const file of own) {
    refusePackageName(rename, file, places);
    for (const name of file.names) {
      if (name.name !== next || name.member === true) continue;
      const isPackages = name.binding === undefined || name.top === true;
      if (isPackages)
        places.obstacles.push(
          obstacleAt(file, name.start, { reason: 'collision', what: `${next} means something here already` }),
        );
    }
    // A local of the new name would hide the package's where the old name is used within its scope.
    const hidden = file.names.some((one) => one.name === next && one.top !== true && one.binding !== undefined);
    if (hidden) noteHidden(rename, file, places);
  }
}

/** Uses of the old name inside a function that has a local of the new one. */
function noteHidden({ old, next }: NamedRename, file: NamedFile, places: NamedPlaces): void {
  const holders = new Set(
    file.names.flatMap((one) => {
      const local = one.name === next && one.top !== true && one.binding !== undefined;
      const holder = local ? around(nodeAt(file, one.start), /^(FunctionDecl|MethodDecl|VarDecl)$/) : undefined;
      return holder ? [holder.from] : [];
    }),
  );
  for (const one of file.names) {
    if (one.name !== old || one.member === true || (one.binding !== undefined && one.top !== true)) continue;
    const holder = around(nodeAt(file, one.start), /^(FunctionDecl|MethodDecl|VarDecl)$/);
    if (!holder || !holders.has(holder.from)) continue;
    const nameOfIt = holder.getChild('DefName');
    if (nameOfIt?.from === one.start) continue;
    places.obstacles.push(
      obstacleAt(file, one.start, { reason: 'collision', what: `${next} is a local of this function` }),
    );
  }
}

function noteLinkNames({ old }: NamedRename, file: NamedFile, places: NamedPlaces): void {
  const found = new RegExp(`^//(go:linkname|export)\\b[^\\n]*\\b${old}\\b`, 'm').exec(file.text);
  if (!found) return;
  places.obstacles.push(
    obstacleAt(file, found.index, { reason: 'dynamic access', what: 'the linker goes by the name' }),
  );
}

/** Upper case is seen from other packages. */
function noteVisibility(rename: NamedRename, file: NamedFile, places: NamedPlaces): void {
  const { old, next, target, isPublic } = rename;
  const isUpper = (name: string): boolean => /^\p{Lu}/u.test(name);
  const pack = packageOf(file);
  const isInternal = /(^|\/)internal(\/|$)/.test(parentOf(file.path)) || pack === 'main' || pack.endsWith('_test');
  if (!isUpper(old) || isPublic || isInternal || file.path.endsWith('_test.go')) return;
  const what = `other modules may use it${isUpper(next) ? '' : ', and could not see the new name'}; --public allows it`;
  places.obstacles.push(obstacleAt(file, target.offset, { reason: 'public', what }));
}

/** `package.Name` in files that import the package. */
function renameInImporters(rename: NamedRename, own: readonly NamedFile[], places: NamedPlaces): readonly NamedFile[] {
  const { index, old, next, read } = rename;
  const sources = new Set(own.map(({ path }) => path));
  const importers = new Set([...sources].flatMap((path) => index.importersOf(path)));
  const changed: NamedFile[] = [];
  for (const path of importers) {
    const file = read(path);
    const fact = index.importsOf(path).find(({ files }) => files.some((one) => sources.has(one)));
    if (!file || !fact) continue;
    const explicit = fact.names[0]?.[1] ?? '';
    const locals = new Set([explicit, packageOf(own[0] ?? file)].filter((local) => local !== ''));
    if (explicit === '.') {
      places.obstacles.push({
        reason: 'unsupported',
        where: `${path}:${fact.line}`,
        what: 'the package is imported with a dot',
      });
    }
    for (const one of file.names) {
      const isIt = one.name === old && one.member === true && one.of !== undefined && locals.has(one.of);
      if (!isIt || one.ofBinding !== undefined) continue;
      addPlace(places, path, one.start, rename);
      changed.push(file);
      if (!/^\p{Lu}/u.test(next)) {
        places.obstacles.push(
          obstacleAt(file, one.start, { reason: 'collision', what: `${next} cannot be seen from here` }),
        );
      }
    }
  }
  return changed;
}

/** A type that is embedded gives its name to a field. */
function noteEmbedded({ old }: NamedRename, files: readonly NamedFile[], places: NamedPlaces): void {
  for (const file of new Set(files)) {
    eachNode(file, (node) => {
      if (node.name !== 'FieldDecl' || node.getChild('FieldName')) return;
      const text = file.text.slice(node.from, node.to);
      if (!new RegExp(`^\\*?(?:\\w+\\.)?${old}(\\[|\\s|$)`).test(text)) return;
      places.obstacles.push(
        obstacleAt(file, node.from, {
          reason: 'unknown type',
          what: `a type embeds it and has a field ${old} by that`,
        }),
      );
    });
  }
}

/** Fields and methods in lower case: only their own package can name them. */
function renameMember(rename: NamedRename, file: NamedFile, { name, places }: Named): Outcome {
  const { old, next, what, target, index } = rename;
  const no = (reason: Parameters<typeof obstacleAt>[2]['reason'], why: string): never =>
    refuse(what, obstacleAt(file, target.offset, { reason, what: why }));
  const head = name.of?.split('.')[0];
  const fact =
    head === undefined || name.ofBinding !== undefined
      ? undefined
      : index.importsOf(file.path).find(({ names }) => names.some(([, local]) => local === head));
  if (fact) return throughPackage(rename, file, fact.files);
  if (/^\p{Lu}/u.test(old) || /^\p{Lu}/u.test(next))
    no('unknown type', 'other packages can see a member in upper case; nothing here says which uses are of this one');
  const own = packageFiles(rename, file);
  const declared = own.flatMap((one) =>
    one.names
      .filter((each) => each.member === true && each.role === 'declaration' && each.name === old)
      .map((each) => ({ one, each })),
  );
  const [, second] = declared;
  if (declared.length === 0) no('not ours', 'no file of this package declares it');
  if (second)
    no(
      'unknown type',
      `another type has ${old} too, at ${obstacleAt(second.one, second.each.start, { reason: 'unknown type', what: '' }).where}`,
    );
  for (const one of own) {
    for (const each of one.names) {
      if (each.name === next && each.member === true) {
        places.obstacles.push(
          obstacleAt(one, each.start, { reason: 'collision', what: `${next} is a member already` }),
        );
      }
      if (each.name !== old) continue;
      const key = around(nodeAt(one, each.start), /^Key$/);
      const isKey = key?.from === each.start && key.to === each.end;
      if (each.member === true) addPlace(places, one.path, each.start, rename);
      else if (isKey && isField(one, each.start)) addPlace(places, one.path, each.start, rename);
      else if (isKey)
        places.obstacles.push(
          obstacleAt(one, each.start, {
            reason: 'unknown type',
            what: 'a key of a literal; it may be the field or a variable',
          }),
        );
    }
  }
  return finishRename(
    rename,
    places,
    own.map(({ path }) => path),
  );
}

/** A key of a literal whose type is written before it and is no map, list or array. */
function isField(file: NamedFile, start: number): boolean {
  const literal = around(nodeAt(file, start), /^LiteralValue$/)?.parent;
  const type = literal?.name === 'TypedLiteral' ? literal.firstChild : undefined;
  return type?.name === 'TypeName' || type?.name === 'QualifiedType' || type?.name === 'ParameterizedType';
}

function throughPackage(rename: NamedRename, file: NamedFile, files: readonly string[]): Outcome {
  const { old, what, target, read } = rename;
  for (const path of files) {
    const found = read(path)?.names.find((one) => isTopDeclaration(one, old));
    const home = read(path);
    if (!found || !home) continue;
    return renameTop({ ...rename, target: { path, offset: found.start } }, home, { name: found, places: newPlaces() });
  }
  return refuse(
    what,
    obstacleAt(file, target.offset, { reason: 'not ours', what: 'it is declared outside this repository' }),
  );
}
