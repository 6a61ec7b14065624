import type { SyntaxNode } from '@lezer/common';
import type { Occurrence } from '../../parse/occurrence.ts';
import { around, nodeAt, type NamedFile } from './named-file.ts';
import { addPlace, obstacleAt, type NamedPlaces, type NamedRename } from './named-rename.ts';

const plainDecorators =
  /^@\s*(?:\w+\.)?(staticmethod|classmethod|property|abstractmethod|override|final|overload|cached_property|cache|lru_cache|wraps|contextmanager|asynccontextmanager|dataclass|total_ordering|singledispatch|runtime_checkable|unique|no_type_check|setter|getter|deleter)\s*(\(|$)/;

/** Refuses what a decorator may have put down by its name: fixtures, routes, commands, tasks. */
export function noteDecorators(
  { old }: NamedRename,
  file: NamedFile,
  { name, places }: { readonly name: Occurrence; readonly places: NamedPlaces },
): void {
  const holder = nodeAt(file, name.start).parent;
  const decorated = holder?.parent?.name === 'DecoratedStatement' ? holder.parent : undefined;
  for (const one of decorated?.getChildren('Decorator') ?? []) {
    const text = file.text.slice(one.from, one.to).trim();
    if (plainDecorators.test(text)) continue;
    const what = `${text.split('\n')[0]?.slice(0, 60) ?? ''} may go by the name ${old}`;
    places.obstacles.push(obstacleAt(file, one.from, { reason: 'dynamic access', what }));
  }
}

interface Parameter {
  readonly binding: number;
  readonly places: NamedPlaces;
}

/** A parameter is named by keywords of calls: those that surely call its function change, others stand against it. */
export function noteKeywords(rename: NamedRename, file: NamedFile, { binding, places }: Parameter): void {
  const node = nodeAt(file, binding);
  const list = node.parent?.name === 'ParamList' ? node.parent : undefined;
  const holder = list?.parent;
  if (!list || !holder || isPositional(list, node)) return;
  const before = node.prevSibling;
  if (before?.name === '*' || before?.name === '**') return;
  if (holder.name === 'LambdaExpression') return noteUnknown(rename, places);
  const name = holder.getChild('VariableName');
  if (!name) return;
  const own = file.text.slice(name.from, name.to);
  const isMethod = around(holder.parent, /^(ClassDefinition|FunctionDefinition)$/)?.name === 'ClassDefinition';
  const declared = file.names.find(({ start }) => start === name.from);
  if (declared) noteDecorators(rename, file, { name: declared, places });
  const sure = isMethod ? new Set<string>() : sureUses(rename, file, name.from);
  noteFixture(file, { node, places });
  for (const other of rename.having(rename.old)) {
    for (const use of other.names) {
      if (use.name !== rename.old || !isKeyword(other, use)) continue;
      const callee = calleeOf(other, use.start);
      const last = callee === undefined ? '' : (/(\w+)\s*$/.exec(callee.text)?.[1] ?? '');
      if (callee && sure.has(`${other.path}:${callee.end - own.length}`))
        addPlace(places, other.path, use.start, rename);
      else if (last === own || last === '' || (isMethod && isConstructor(own))) {
        places.obstacles.push(
          obstacleAt(other, use.start, { reason: 'unknown type', what: `a keyword of a call that may be of ${own}` }),
        );
      }
    }
  }
  noteSpread(rename, { own, sure, isMethod, places });
}

/** Behind a lone slash a parameter may be named; before it never. */
function isPositional(list: SyntaxNode, node: SyntaxNode): boolean {
  const slash = list.getChild('/');
  return slash !== null && node.to <= slash.from;
}

function isConstructor(name: string): boolean {
  return name === '__init__' || name === '__new__' || name === '__call__';
}

function isKeyword(file: NamedFile, { start, member, of }: Occurrence): boolean {
  const node = nodeAt(file, start);
  return (
    member === true && of === undefined && node.parent?.name === 'ArgList' && node.nextSibling?.name === 'AssignOp'
  );
}

function calleeOf(file: NamedFile, start: number): { readonly text: string; readonly end: number } | undefined {
  const call = around(nodeAt(file, start), /^ArgList$/)?.parent;
  const callee = call?.name === 'CallExpression' ? call.firstChild : undefined;
  return callee ? { text: file.text.slice(callee.from, callee.to), end: callee.to } : undefined;
}

const keptUses = new WeakMap<NamedRename, Map<string, ReadonlySet<string>>>();

/** Places, as `path:offset`, that surely name a function or class. What is found is kept for the rename. */
export function sureUses(rename: NamedRename, file: NamedFile, start: number): ReadonlySet<string> {
  const kept = keptUses.get(rename) ?? new Map<string, ReadonlySet<string>>();
  keptUses.set(rename, kept);
  const key = `${file.path}:${start}`;
  const uses = kept.get(key) ?? findUses(rename, file, start);
  kept.set(key, uses);
  return uses;
}

function findUses({ index, files }: NamedRename, file: NamedFile, start: number): ReadonlySet<string> {
  const mark = files.disk(file.path)?.mark.length ?? 0;
  const symbol = index.outline(file.path).find(({ nameStart }) => nameStart === start + mark);
  const local = file.names
    .filter(({ binding, member }) => member !== true && binding === start)
    .map((one) => `${file.path}:${one.start}`);
  if (!symbol || symbol.container !== '') return new Set(local);
  const uses = index.references({ ...symbol, path: file.path }).filter(({ sure }) => sure);
  return new Set([
    ...local,
    ...uses.map((one) => `${one.path}:${one.start - (files.disk(one.path)?.mark.length ?? 0)}`),
  ]);
}

function noteUnknown(rename: NamedRename, places: NamedPlaces): void {
  for (const other of rename.having(rename.old)) {
    for (const use of other.names) {
      if (use.name !== rename.old || !isKeyword(other, use)) continue;
      places.obstacles.push(
        obstacleAt(other, use.start, {
          reason: 'unknown type',
          what: 'a keyword of a call that may be of this function',
        }),
      );
    }
  }
}

/** Parameters of tests and fixtures are named after the fixtures that they want. */
function noteFixture(
  file: NamedFile,
  { node, places }: { readonly node: SyntaxNode; readonly places: NamedPlaces },
): void {
  const holder = around(node, /^FunctionDefinition$/);
  const name = holder?.getChild('VariableName');
  const text = name ? file.text.slice(name.from, name.to) : '';
  const isTest = /^(test|pytest_)/.test(text) && /(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/.test(file.path);
  if (isTest)
    places.obstacles.push(
      obstacleAt(file, node.from, { reason: 'dynamic access', what: 'the test runner gives it a fixture by its name' }),
    );
}

interface Spread {
  readonly own: string;
  readonly sure: ReadonlySet<string>;
  readonly isMethod: boolean;
  readonly places: NamedPlaces;
}

/** Calls with `**` may give the parameter by a key. */
function noteSpread(rename: NamedRename, { own, sure, isMethod, places }: Spread): void {
  if (isMethod && isConstructor(own)) return;
  for (const other of rename.having(own)) {
    for (const use of other.names) {
      if (use.name !== own || (!isMethod && !sure.has(`${other.path}:${use.start}`))) continue;
      const node = nodeAt(other, use.start);
      const call = around(node, /^CallExpression$/);
      const list = call?.firstChild && call.firstChild.to === use.end ? call.getChild('ArgList') : undefined;
      if (!list?.getChild('**')) continue;
      places.obstacles.push(
        obstacleAt(other, list.from, {
          reason: 'dynamic access',
          what: 'this call gives arguments by keys that are worked out',
        }),
      );
    }
  }
}
