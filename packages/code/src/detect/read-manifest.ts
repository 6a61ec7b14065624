import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { parse as parseToml, TomlError } from 'smol-toml';
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { linesOf } from './lines-of.ts';
import type { StackWarning } from './stack.ts';

/** A file of settings as data, with where its parts stand. */
export interface Manifest {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The line of a field, by the way to it; that of the deepest part of the way that is there. */
  line(...way: (string | number)[]): number | undefined;
}

/** Told of what cannot be read. */
export type Warn = (warning: StackWarning) => void;

/** Reads JSON, comments and trailing commas allowed. What stands before a mistake is still given. */
export function readJson(file: string, text: string, warn: Warn): Manifest {
  const lines = linesOf(text);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) {
    const message = `It is not JSON: ${printParseErrorCode(first.error)}.`;
    warn({ file, line: lines.at(first.offset), message });
  }
  const value: unknown = tree ? getNodeValue(tree) : {};
  return {
    file,
    value: record(value),
    line(...way) {
      for (let length = way.length; length > 0; length -= 1) {
        const node = tree && findNodeAtLocation(tree, way.slice(0, length));
        if (node) return lines.at(node.parent?.type === 'property' ? node.parent.offset : node.offset);
      }
      return undefined;
    },
  };
}

/** Reads TOML; of a file with a mistake, what stands in the lines before it. */
export function readToml(file: string, text: string, warn: Warn): Manifest {
  const lines = linesOf(text);
  return { file, value: tomlValue(file, text, warn), line: (...way) => tomlLine(lines.text, way.map(String)) };
}

function tomlValue(file: string, text: string, warn: Warn): Readonly<Record<string, unknown>> {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n', 1)[0] ?? '';
    warn({ file, line: error.line, message: `It is not TOML: ${message}.` });
    return tomlBefore(text, error.line);
  }
}

/** Whole tables before the line of a mistake. */
function tomlBefore(text: string, line: number): Readonly<Record<string, unknown>> {
  const kept = text.split('\n').slice(0, line - 1);
  while (kept.length > 0) {
    try {
      return parseToml(kept.join('\n'));
    } catch {
      const header = kept.findLastIndex((each) => /^\s*\[/.test(each));
      kept.length = Math.max(0, header);
    }
  }
  return {};
}

/** Finds the line of a key by the headers of tables; the parser gives no places. */
function tomlLine(text: string, way: readonly string[]): number | undefined {
  let table: string[] = [];
  let best: { readonly depth: number; readonly line: number } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?/.exec(line)?.[1];
    if (header !== undefined) table = keyParts(header);
    const key =
      header === undefined
        ? /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=/.exec(line)?.[1]
        : undefined;
    const here = key === undefined ? (header === undefined ? undefined : table) : [...table, ...keyParts(key)];
    if (!here || here.some((part, at) => at < way.length && part !== way[at])) continue;
    const depth = Math.min(here.length, way.length);
    if (depth > (best?.depth ?? 0)) best = { depth, line: index + 1 };
  }
  return best?.line;
}

function keyParts(key: string): string[] {
  return [...key.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(([, one, other, bare]) => one ?? other ?? bare ?? '');
}

/** Reads YAML; of a file with mistakes, what can still be told. */
export function readYaml(file: string, text: string, warn: Warn): Manifest & { readonly document: Document } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  const [first] = document.errors;
  if (first) {
    const { line } = counter.linePos(first.pos[0]);
    warn({ file, line, message: `It is not YAML: ${first.message}.` });
  }
  return {
    file,
    document,
    value: record(yamlValue(document)),
    line(...way) {
      for (let length = way.length; length > 0; length -= 1) {
        const found = keyNode(document, way.slice(0, length));
        if (found?.range) return counter.linePos(found.range[0]).line;
      }
      return undefined;
    },
  };
}

function yamlValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return {};
  }
}

/** The key of a field, which is where people look for it. */
function keyNode(document: Document, way: readonly (string | number)[]): Node | undefined {
  const last = way.at(-1);
  const holder = way.length > 1 ? document.getIn(way.slice(0, -1), true) : document.contents;
  const node = isAlias(holder) ? holder.resolve(document) : holder;
  if (isSeq(node)) {
    const item = node.items[Number(last)];
    return isPair(item) ? undefined : (item as Node | undefined);
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(last));
  return pair?.key as Node | undefined;
}

/** Gives an object as it is, anything else as an empty one. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** The strings of a list; empty for what is none. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
