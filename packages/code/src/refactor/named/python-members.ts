import type { CodeSymbol } from '../../parse/facts.ts';
import type { Occurrence } from '../../parse/occurrence.ts';
import { refuse } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { around, eachNode, nodeAt, type NamedFile } from './named-file.ts';
import { addPlace, finishRename, newPlaces, obstacleAt, type NamedPlaces, type NamedRename } from './named-rename.ts';
import { noteDecorators, sureUses } from './python-calls.ts';

interface Member {
  readonly name: Occurrence;
  /** The class whose body declares it, when that is known by the place. */
  readonly holder: CodeSymbol | undefined;
}

/** A class of the repository, by where it stands. */
interface PythonClass {
  readonly file: NamedFile;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly nameStart: number;
  readonly bases: readonly string[];
}

/**
 * Renames a method, attribute or field of a class. Every `.name` of the repository must then be known to be it, or not to
 * be: uses by `self` and `cls` in the class and those that derive from it, and by the name of the class.
 */
export function renamePythonMember(rename: NamedRename, file: NamedFile, { name, holder }: Member): Outcome {
  const { old, next, what } = rename;
  const places = newPlaces();
  const classes = rename.having('class').flatMap(classesOf);
  const own = classAround(
    classes,
    file,
    holder ? holder.nameStart - (rename.files.disk(file.path)?.mark.length ?? 0) : undefined,
    name.start,
  );
  const isSelf = name.of === 'self' || name.of === 'cls';
  if (!own || (!holder && !isSelf)) {
    return refuse(
      what,
      obstacleAt(file, name.start, {
        reason: 'unknown type',
        what: 'nothing says what has this; name it where its class declares it',
      }),
    );
  }
  const kin = kinOf(classes, own);
  for (const one of kin.members) {
    for (const base of one.bases) {
      if (!harmless.test(base) && !kin.members.some((each) => each.name === plain(base))) {
        places.obstacles.push(
          obstacleAt(one.file, one.nameStart, {
            reason: 'not ours',
            what: `${base}, which it derives from, may have ${old}`,
          }),
        );
      }
    }
  }
  for (const each of rename.having(old)) judgeFile(rename, each, { kin: kin.members, places });
  for (const each of kin.members) refuseTaken(rename, each, places);
  if (next.startsWith('__') !== old.startsWith('__')) {
    places.obstacles.push(
      obstacleAt(file, name.start, {
        reason: 'unsupported',
        what: 'two underscores in front change how a name is kept',
      }),
    );
  }
  return finishRename(
    rename,
    places,
    kin.members.map((each) => each.file.path),
  );
}

/** The name of a base without its module and what it is told of types. */
function plain(base: string): string {
  return base.replace(/\[.*$/s, '').split('.').at(-1) ?? '';
}

const harmless =
  /^((\w+\.)?(object|ABC|Protocol|Generic|Exception|ValueError|TypeError|RuntimeError|KeyError|LookupError)(\[.*)?|metaclass=.*)$/s;

function classesOf(file: NamedFile): PythonClass[] {
  const found: PythonClass[] = [];
  eachNode(file, (node) => {
    const name = node.name === 'ClassDefinition' ? node.getChild('VariableName') : null;
    if (!name) return;
    const list = node.getChild('ArgList');
    const text = list ? file.text.slice(list.from + 1, list.to - 1) : '';
    const bases = text
      .split(/,(?![^[\]]*\])/)
      .map((one) => one.trim())
      .filter((one) => one !== '');
    found.push({
      file,
      name: file.text.slice(name.from, name.to),
      from: node.from,
      to: node.to,
      nameStart: name.from,
      bases,
    });
  });
  return found;
}

function classAround(
  classes: readonly PythonClass[],
  file: NamedFile,
  nameStart: number | undefined,
  offset: number,
): PythonClass | undefined {
  const own = classes.filter((one) => one.file.path === file.path);
  if (nameStart !== undefined) return own.find((one) => one.nameStart === nameStart);
  const inside = own.filter((one) => one.from <= offset && one.to > offset);
  return inside.toSorted((one, other) => one.to - one.from - (other.to - other.from))[0];
}

/** A class with all that derive from it or that it derives from, by name. */
function kinOf(classes: readonly PythonClass[], own: PythonClass): { readonly members: readonly PythonClass[] } {
  const members = new Set([own]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    const names = new Set([...members].map(({ name }) => name));
    const above = new Set([...members].flatMap(({ bases }) => bases.map(plain)));
    for (const one of classes) {
      const derives = one.bases.some((base) => names.has(plain(base)));
      if (derives || above.has(one.name)) members.add(one);
    }
  }
  return { members: [...members] };
}

interface Judging {
  readonly kin: readonly PythonClass[];
  readonly places: NamedPlaces;
}

function judgeFile(rename: NamedRename, file: NamedFile, { kin, places }: Judging): void {
  const { old } = rename;
  const own = kin.filter((one) => one.file.path === file.path);
  const classes = classesOf(file);
  const innermost = (offset: number): PythonClass | undefined => classAround(classes, file, undefined, offset);
  for (const name of file.names) {
    if (name.name !== old) continue;
    const inside = own.some((one) => innermost(name.start)?.nameStart === one.nameStart);
    if (name.member !== true) {
      const isBody = inside && declaredInClass(file, name, own);
      if (!isBody) continue;
      addPlace(places, file.path, name.start, rename);
      noteDecorators(rename, file, { name, places });
    } else if (isKeyword(file, name.start)) noteKeyword(rename, file, { name, kin, places });
    else if (inside && (name.of === 'self' || name.of === 'cls' || isSuper(file, name)))
      addPlace(places, file.path, name.start, rename);
    else if (name.of !== undefined && isClassName(rename, file, { name, kin }))
      addPlace(places, file.path, name.start, rename);
    else if (!isModule(rename, file, name)) {
      places.obstacles.push(
        obstacleAt(file, name.start, {
          reason: 'unknown type',
          what: `nothing says what has this ${old}; it may be the one`,
        }),
      );
    }
  }
  noteLookups(rename, file, places);
}

function declaredInClass(file: NamedFile, name: Occurrence, own: readonly PythonClass[]): boolean {
  if (name.binding === undefined || name.top === true) return false;
  const node = nodeAt(file, name.binding);
  const body = around(
    node.parent?.name === 'FunctionDefinition' || node.parent?.name === 'ClassDefinition'
      ? node.parent.parent
      : node.parent,
    /^(FunctionDefinition|LambdaExpression|ClassDefinition)$/,
  );
  return body?.name === 'ClassDefinition' && own.some((one) => one.from === body.from);
}

function isKeyword(file: NamedFile, start: number): boolean {
  const node = nodeAt(file, start);
  return node.parent?.name === 'ArgList' && node.nextSibling?.name === 'AssignOp';
}

function isSuper(file: NamedFile, name: Occurrence): boolean {
  const object = nodeAt(file, name.start).parent?.firstChild;
  return object !== undefined && object !== null && /^super\(/.test(file.text.slice(object.from, object.to));
}

interface Used {
  readonly name: Occurrence;
  readonly kin: readonly PythonClass[];
}

function isClassName(rename: NamedRename, file: NamedFile, { name, kin }: Used): boolean {
  const object = nodeAt(file, name.start).parent?.firstChild;
  if (!object || object.name !== 'VariableName') return false;
  return kin.some((one) => sureUses(rename, one.file, one.nameStart).has(`${file.path}:${object.from}`));
}

/** What stands before the dot is an imported module. */
function isModule({ index }: NamedRename, file: NamedFile, { of }: Occurrence): boolean {
  return index
    .importsOf(file.path)
    .some(({ names, files }) => names.some(([from, local]) => from === '*' && local === of && files.length === 0));
}

/** A keyword of a call names a field only of classes that make their constructor of their fields. */
function noteKeyword(
  rename: NamedRename,
  file: NamedFile,
  { name, kin, places }: Used & { readonly places: NamedPlaces },
): void {
  const call = around(nodeAt(file, name.start), /^ArgList$/)?.parent;
  const callee = call?.firstChild;
  const made = kin.find(
    (one) => callee && sureUses(rename, one.file, one.nameStart).has(`${file.path}:${callee.from}`),
  );
  if (!made) return;
  const statement = nodeAt(made.file, made.nameStart).parent?.parent;
  const isData =
    statement?.name === 'DecoratedStatement' &&
    made.file.text.slice(statement.from, made.nameStart).includes('dataclass');
  if (isData) addPlace(places, file.path, name.start, rename);
}

function noteLookups({ old }: NamedRename, file: NamedFile, places: NamedPlaces): void {
  for (const { index } of file.text.matchAll(new RegExp(`["'][\\w.]+[.:]${old}["']`, 'g'))) {
    places.obstacles.push(
      obstacleAt(file, index, { reason: 'string', what: 'a string leads to a member of this name' }),
    );
  }
  const pattern = new RegExp(`["']${old}["']`, 'g');
  for (const { index } of file.text.matchAll(pattern)) {
    const list = around(nodeAt(file, index), /^ArgList$/);
    const callee = list?.parent?.firstChild;
    const called = callee ? file.text.slice(callee.from, callee.to) : '';
    const isSlots = /__slots__|__match_args__/.test(
      file.text
        .slice(Math.max(0, index - 200), index)
        .split('\n')
        .slice(-4)
        .join('\n'),
    );
    if (!/(^|\.)(getattr|setattr|hasattr|delattr|attrgetter|methodcaller|object|patch)$/.test(called) && !isSlots)
      continue;
    places.obstacles.push(obstacleAt(file, index, { reason: 'string', what: 'the name is looked up by a string' }));
  }
}

function refuseTaken({ next }: NamedRename, { file, from, to }: PythonClass, places: NamedPlaces): void {
  for (const name of file.names) {
    if (name.name !== next || name.start < from || name.start >= to) continue;
    const isMember =
      name.member === true
        ? name.of === 'self' || name.of === 'cls'
        : name.role === 'declaration' &&
          name.top !== true &&
          around(nodeAt(file, name.start).parent?.parent ?? null, /^(FunctionDefinition|ClassDefinition)$/)?.name ===
            'ClassDefinition';
    if (isMember)
      places.obstacles.push(obstacleAt(file, name.start, { reason: 'collision', what: `${next} is a member already` }));
  }
}
