import { parseSync, rawTransferSupported } from 'oxc-parser';

/** A node of an ESTree with TypeScript's and JSX's additions. Its fields are read through the guards of this file. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A parsed script. */
export interface ScriptTree {
  readonly body: readonly Node[];
  /** The parser met errors; the body may be empty. */
  readonly broken: boolean;
}

// The tree comes over as one buffer instead of JSON, which takes a third of the time. The buffer keeps the memory that
// the largest file needed, so a rare huge file goes the slower way.
const options = rawTransferSupported() ? { experimentalRawTransfer: true } : {};
const maxRawChars = 200_000;

/**
 * Parses TypeScript or JavaScript. What the path's extension does not allow is tried with JSX, then as a script.
 *
 * @param path Only its extension counts.
 */
export function parseScript(path: string, text: string): ScriptTree {
  const lang = langOf(path);
  const first = parse(text, lang);
  if (first.body.length > 0 || !first.broken) return first;
  const second = parse(text, otherLang(lang));
  return second.broken ? first : second;
}

/** A parsed script with its comments, in the order of the text. */
export interface CommentedTree extends ScriptTree {
  readonly comments: readonly { readonly start: number; readonly end: number }[];
}

/** As `parseScript`, with the comments. */
export function parseComments(path: string, text: string): CommentedTree {
  const lang = langOf(path);
  const first = parseText(text, lang);
  const result = first.errors.length === 0 ? first : parseText(text, otherLang(lang));
  const chosen = result.errors.length === 0 ? result : first;
  return { ...treeOf(chosen), comments: chosen.comments.map(({ start, end }) => ({ start, end })) };
}

function otherLang(lang: Lang): Lang {
  return lang === 'tsx' || lang === 'dts' ? 'ts' : 'tsx';
}

type Lang = 'js' | 'jsx' | 'ts' | 'tsx' | 'dts';

function parse(text: string, lang: Lang): ScriptTree {
  return treeOf(parseText(text, lang));
}

function parseText(text: string, lang: Lang) {
  // A file that is called `module` may be a script all the same, with `await` as a name or a return at its top.
  return parseSync(`file.${lang === 'dts' ? 'd.ts' : lang}`, text, {
    lang,
    sourceType: 'unambiguous',
    ...(text.length > maxRawChars ? {} : options),
  });
}

function treeOf(result: ReturnType<typeof parseText>): ScriptTree {
  const program: unknown = result.program;
  const { body } = program as { readonly body: readonly Node[] };
  return { body, broken: result.errors.length > 0 };
}

function langOf(path: string): Lang {
  if (/\.d\.[cm]?ts$/.test(path)) return 'dts';
  if (path.endsWith('.tsx')) return 'tsx';
  return /\.[cm]?ts$/.test(path) ? 'ts' : 'jsx';
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Gives a field that is a node. */
export function child(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** Gives the nodes of a field that is a list. */
export function children(node: Node, field: string): readonly Node[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Gives a field that is a text. */
export function textField(node: Node | undefined, field: string): string | undefined {
  const value = node?.[field];
  return typeof value === 'string' ? value : undefined;
}

/** Gives the name of an identifier or the value of a string: what a key, export or import is called. */
export function nameOf(node: Node | undefined): string {
  return textField(node, 'name') ?? textField(node, 'value') ?? '';
}
