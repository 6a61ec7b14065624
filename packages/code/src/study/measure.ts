import { languageOf, type Language } from '../parse/language.ts';
import type { CodeSymbol } from '../parse/facts.ts';
import { lineMap } from '../parse/line-map.ts';
import { textSpans, type Span } from '../parse/text-spans.ts';

/** Figures of a piece of code. */
export interface Measures {
  /** From its first line to its last. */
  readonly lines: number;
  /** Of them, those that hold code. */
  readonly codeLines: number;
  /** Ways through it: one, and one more for each branch, loop, case, handler and short circuit (McCabe 1976). */
  readonly complexity: number;
}

/** A text whose pieces can be measured, read once. */
export interface MeasuredText {
  /** Without comments and the insides of strings, blanks in their place. */
  readonly code: string;
  /** Comments and docstrings alone, blanks in place of the rest. */
  readonly comments: string;
  of(span: Span): Measures;
  /** The comment right above a declaration or the docstring at its head, its signs taken off; empty where there is none. */
  docOf(symbol: CodeSymbol): string;
}

/** Reads a source for measuring; undefined for a file of no language that is read by its syntax. */
export function measuredText(path: string, text: string): MeasuredText | undefined {
  const language = languageOf(path);
  if (!language) return undefined;
  const { comments, strings } = textSpans(path, text, language);
  const code = blanked(text, [...comments, ...strings]);
  const lines = lineMap(text);
  return {
    code,
    comments: blanked(text, gapsBetween(comments, text.length)),
    of({ start, end }) {
      const piece = code.slice(start, end);
      return {
        lines: lines.lineAt(Math.max(start, end - 1)) - lines.lineAt(start) + 1,
        codeLines: piece.split('\n').filter((line) => line.trim() !== '').length,
        complexity: 1 + (piece.match(branches[language === 'javascript' ? 'typescript' : language])?.length ?? 0),
      };
    },
    docOf: (symbol) => docOf(text, { comments, symbol, language }),
  };
}

const branches: Readonly<Record<Exclude<Language, 'javascript'>, RegExp>> = {
  typescript: /(?<![.\w$])(?:if|for|while|case|catch)\b(?!\s*:)|&&|\|\||\?\?|(?<!\?)\?(?![.?:,)=])(?=[^\n]*\S)/g,
  python: /(?<![.\w])(?:if|elif|for|while|except|case|and|or)\b/g,
  go: /(?<![.\w])(?:if|for|case|select)\b|&&|\|\|/g,
};

/** Puts blanks in the place of pieces; line ends stay. */
function blanked(text: string, spans: readonly Span[]): string {
  let [made, at] = ['', 0];
  for (const { start, end } of spans.toSorted((one, other) => one.start - other.start)) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    made += text.slice(at, from) + text.slice(from, end).replace(/[^\n]/g, ' ');
    at = end;
  }
  return made + text.slice(at);
}

function gapsBetween(spans: readonly Span[], length: number): Span[] {
  const edges = [0, ...spans.flatMap(({ start, end }) => [start, end]), length];
  return edges.flatMap((start, at) => (at % 2 === 0 ? [{ start, end: edges[at + 1] ?? length }] : []));
}

interface DocSources {
  readonly comments: readonly Span[];
  readonly symbol: CodeSymbol;
  readonly language: Language;
}

function docOf(text: string, { comments, symbol, language }: DocSources): string {
  const inside = language === 'python' ? docstring(text, comments, symbol) : '';
  if (inside !== '') return plainDoc(inside);
  const above: string[] = [];
  let edge = symbol.start;
  for (const { start, end } of comments.toReversed()) {
    if (end > edge) continue;
    const between = text.slice(end, edge);
    if (between.trim() !== '' || (between.match(/\n/g)?.length ?? 0) > 1) break;
    if (lineBefore(text, start).trim() !== '') break;
    above.unshift(text.slice(start, end));
    edge = start;
  }
  const block = above.findLast((one) => one.startsWith('/**'));
  return plainDoc(block ?? above.join('\n'));
}

/** The first text in the body of a Python declaration; nothing but its head and notes stand before it. */
function docstring(text: string, comments: readonly Span[], { nameStart, end, start }: CodeSymbol): string {
  const inside = comments.filter((one) => one.start > nameStart && one.end <= end);
  const first = inside.find((one) => /^[rRuU]?["']/.test(text.slice(one.start, one.end)));
  if (!first) return '';
  const notes = inside.filter((one) => one.end <= first.start);
  const head = blanked(text.slice(0, first.start), notes).slice(start);
  return /:\s*$/.test(head) ? text.slice(first.start, first.end) : '';
}

function lineBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
}

/** Takes the signs of a comment off. */
function plainDoc(raw: string): string {
  return raw
    .replace(/^[rRuU]{0,2}("""|'''|"|')|("""|'''|"|')$/g, '')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*(?:\/\*\*?|\*\/|\*|\/\/+|#+)? ?/, '')
        .replace(/\s*\*\/\s*$/, '')
        .trimEnd(),
    )
    .join('\n')
    .trim();
}
