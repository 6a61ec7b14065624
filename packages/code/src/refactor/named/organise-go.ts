import type { SyntaxNode } from '@lezer/common';
import type { CodeIndex } from '../../context/code-index.ts';
import type { SourceFiles } from '../source-files.ts';
import type { TextEdit } from '../text-edit.ts';
import { childNodes } from '../../parse/tree-nodes.ts';
import type { NamedFile } from './named-file.ts';

interface Line {
  readonly text: string;
  readonly path: string;
  readonly spec: SyntaxNode;
}

/** Sorts each run of imports by path, as gofmt does, without those of packages that nothing names. */
export function organiseGo(index: CodeIndex, files: SourceFiles, file: NamedFile): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  for (const declaration of file.tree.topNode.getChildren('ImportDecl')) {
    const list = declaration.getChild('SpecList');
    if (!list) continue;
    for (const run of runsOf(file, list)) {
      const kept = run.filter(({ spec }) => !isUnused(index, files, file, spec));
      const sorted = kept.toSorted((one, other) => compare(one.path, other.path));
      const first = run[0];
      const last = run.at(-1);
      if (!first || !last) continue;
      const start = lineStart(file.text, first.spec.from);
      const end = lineEnd(file.text, last.spec.to);
      const text = sorted.map((one) => one.text).join('');
      if (text !== file.text.slice(start, end)) edits.push({ start, end, text });
    }
  }
  return edits;
}

/** Lines of imports without a blank line or a comment of its own between them. */
function runsOf({ text }: NamedFile, list: SyntaxNode): readonly (readonly Line[])[] {
  const runs: Line[][] = [];
  let end = -1;
  for (const spec of childNodes(list).filter(({ name }) => name === 'ImportSpec')) {
    const start = lineStart(text, spec.from);
    const stop = lineEnd(text, spec.to);
    const string = spec.getChild('String');
    const line = {
      text: text.slice(start, stop),
      spec,
      path: string ? text.slice(string.from + 1, string.to - 1) : '',
    };
    // Several on one line, or with text around them, are left as they are.
    const plain = /^\s*([\w.]+\s+)?["`][^"`]+["`][ \t]*;?[ \t]*(\/\/[^\n]*)?\r?\n$/.test(line.text);
    if (!plain) end = -1;
    else if (start === end) runs.at(-1)?.push(line);
    else runs.push([line]);
    if (plain) end = stop;
  }
  return runs;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found + 1;
}

/** Only of what comes with Go and of this repository the name of a package is certain. */
function isUnused(index: CodeIndex, files: SourceFiles, file: NamedFile, spec: SyntaxNode): boolean {
  const string = spec.getChild('String');
  const path = string ? file.text.slice(string.from + 1, string.to - 1) : '';
  const alias = string ? file.text.slice(spec.from, string.from).trim() : '';
  if (path === 'C' || alias === '_' || alias === '.') return false;
  const local = alias === '' ? nameOf(index, files, file, path) : alias;
  if (local === undefined) return false;
  const rest = file.text.slice(0, spec.from) + file.text.slice(spec.to);
  return !new RegExp(`(?<![\\p{L}\\p{N}_])${local}(?![\\p{L}\\p{N}_])`, 'u').test(withoutImports(rest));
}

function withoutImports(text: string): string {
  return text.replace(/^import\s*\([^)]*\)/gm, '').replace(/^import\s+[^\n]*/gm, '');
}

function nameOf(index: CodeIndex, files: SourceFiles, file: NamedFile, path: string): string | undefined {
  const fact = index.importsOf(file.path).find(({ specifier }) => specifier === path);
  const own = fact?.files[0];
  if (own !== undefined) return /^package\s+(\w+)/m.exec(files.text(own) ?? '')?.[1];
  const [head = ''] = path.split('/');
  return head.includes('.') ? undefined : fact?.names[0]?.[1];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
