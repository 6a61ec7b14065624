import type { SyntaxNode } from '@lezer/common';
import type { CodeIndex } from '../../context/code-index.ts';
import type { ResolvedImport } from '../../index/module-graph.ts';
import { childNodes } from '../../parse/tree-nodes.ts';
import type { TextEdit } from '../text-edit.ts';
import { around, nodeAt, type NamedFile } from './named-file.ts';
import { standardModules } from './standard-modules.ts';

/** An import with the comments above it. */
interface Entry {
  readonly text: string;
  readonly group: number;
  readonly order: string;
}

/**
 * Sorts each run of imports at the top of a module: what comes with Python, what others wrote, what is ours, each sorted by
 * name with `import` before `from`. Names are taken away that stand nowhere else in the text.
 */
export function organisePython(index: CodeIndex, file: NamedFile): readonly TextEdit[] {
  if (/#\s*(isort:\s*(skip_file|off)|ruff:\s*noqa\b)/.test(file.text)) return [];
  return runsOf(file).flatMap((run): TextEdit[] => {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) return [];
    const start = startOf(file, first);
    const end = lineEnd(file.text, last.to);
    const before = file.text.slice(start, end);
    const feed = before.includes('\r\n') ? '\r\n' : '\n';
    const entries = entriesOf(index, file, { run, start });
    if (!entries) return [];
    const text = printed(entries, feed);
    const isEmpty = text === '';
    return text === before ? [] : [{ start, end: isEmpty ? end + blankAfter(file.text, end) : end, text }];
  });
}

/** Runs of imports with nothing but comments and blank lines between them. */
function runsOf({ tree }: NamedFile): readonly (readonly SyntaxNode[])[] {
  const runs: SyntaxNode[][] = [];
  let open = false;
  for (const node of childNodes(tree.topNode)) {
    if (node.name === 'Comment') continue;
    if (node.name !== 'ImportStatement') open = false;
    else if (open) runs.at(-1)?.push(node);
    else {
      runs.push([node]);
      open = true;
    }
  }
  return runs;
}

/** Comments right above the first import belong to the file, not to it. */
function startOf({ text }: NamedFile, first: SyntaxNode): number {
  return text.lastIndexOf('\n', first.from - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found + 1;
}

function blankAfter(text: string, at: number): number {
  return /^([ \t]*\r?\n)*/.exec(text.slice(at))?.[0].length ?? 0;
}

interface Run {
  readonly run: readonly SyntaxNode[];
  readonly start: number;
}

/** Gives undefined for a run that is written in a way that cannot be put in another order. */
function entriesOf(index: CodeIndex, file: NamedFile, { run, start }: Run): readonly Entry[] | undefined {
  const facts = index.importsOf(file.path);
  const entries: Entry[] = [];
  let from = start;
  for (const node of run) {
    const end = lineEnd(file.text, node.to);
    const whole = file.text.slice(from, end).replace(/^([ \t]*\r?\n)+/, '');
    const tail = file.text.slice(node.to, end);
    if (!/^[ \t]*(#[^\n]*)?\r?\n?$/.test(tail) || file.text[node.from - 1] === ';') return undefined;
    if (/#\s*isort:/.test(whole)) return undefined;
    const kept = withoutUnused(index, file, node, whole);
    const text = kept === undefined || kept.endsWith('\n') ? kept : `${kept}\n`;
    if (text !== undefined) entries.push({ text, ...placeOf(file, node, facts) });
    from = end;
  }
  return entries;
}

function placeOf(
  file: NamedFile,
  node: SyntaxNode,
  facts: readonly ResolvedImport[],
): { readonly group: number; readonly order: string } {
  const words = file.text.slice(node.from, node.to).replaceAll(/[\s\\()]+/g, ' ');
  const isFrom = words.startsWith('from ');
  const module = (isFrom ? /^from ([.\s]*[\w.]*)/ : /^import ([\w.]+)/).exec(words)?.[1]?.replaceAll(' ', '') ?? '';
  const [head = ''] = module.split('.');
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const isOurs = facts.some(({ specifier, files }) => specifier === module && files.length > 0);
  const group = head === '__future__' ? 0 : dots > 0 ? 4 : standardModules.has(head) ? 1 : isOurs ? 3 : 2;
  // Of relative imports those from further out come first.
  return { group, order: `${isFrom ? 1 : 0} ${String.fromCharCode(200 - dots)} ${module.toLowerCase()} ${words}` };
}

function printed(entries: readonly Entry[], feed: string): string {
  const sorted = entries.toSorted(
    (one, other) => one.group - other.group || (one.order < other.order ? -1 : one.order > other.order ? 1 : 0),
  );
  return sorted.map(({ text, group }, at) => (at > 0 && sorted[at - 1]?.group !== group ? feed + text : text)).join('');
}

/** Takes names off an import that the text has nowhere else; undefined when none is left. */
function withoutUnused(index: CodeIndex, file: NamedFile, node: SyntaxNode, whole: string): string | undefined {
  const isKept =
    /(^|\/)(__init__|conftest)\.pyi?$/.test(file.path) ||
    /#\s*(noqa|type:|pylint)/.test(whole) ||
    /__future__/.test(whole);
  if (isKept || file.path.endsWith('.pyi')) return whole;
  const names = file.names.filter(({ start, role }) => role === 'import' && start >= node.from && start < node.to);
  const locals = names.filter(({ start, binding }) => binding === start);
  const unused = locals.filter(({ name, start }) => isNowhereElse(index, file, name, start));
  if (unused.length === 0) return whole;
  if (unused.length === locals.length) return undefined;
  if (whole.includes('#')) return whole;
  return unused.reduce((text, { name }) => dropped(text, name), whole);
}

function isNowhereElse(index: CodeIndex, file: NamedFile, name: string, start: number): boolean {
  const node = nodeAt(file, start);
  // `import a.b` makes `a` known and loads `b`, which others may rely on.
  if (
    node.nextSibling?.name === '.' ||
    node.prevSibling?.name === '.' ||
    around(node, /^ImportStatement$/) === undefined
  )
    return false;
  const original = node.prevSibling?.name === 'as' ? node.prevSibling.prevSibling : undefined;
  if (original && file.text.slice(original.from, original.to) === name) return false;
  const count = [...file.text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'gu'))].length;
  if (count > 1) return false;
  return !index
    .importersOf(file.path)
    .some((path) =>
      index
        .importsOf(path)
        .some(({ files, names }) => files.includes(file.path) && names.some(([from]) => from === name || from === '*')),
    );
}

function dropped(text: string, name: string): string {
  const part = `(?:[\\w]+[ \\t]+as[ \\t]+)?${name}(?![\\w])`;
  const first = text.replace(new RegExp(`((?:import|\\()\\s*)${part}\\s*,\\s*`), '$1');
  return first === text ? text.replace(new RegExp(`,\\s*${part}`), '') : first;
}
