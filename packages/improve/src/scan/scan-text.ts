import { createHash } from 'node:crypto';
import type { LeftAlone, Opportunity } from './opportunity.ts';
import { readSource } from './source-file.ts';
import { splice } from './splice.ts';
import { languageOf, parses, type SyntaxNode } from './syntax.ts';
import type { Rewrite, Template } from './template.ts';
import { above, isFunction } from './tree.ts';

export interface ScanTextOptions {
  /** Relative to the root; tells the grammar. */
  readonly path: string;
  readonly templates: readonly Template[];
  /** What `ownAccessors` gives for all files of the repository. */
  readonly accessors: ReadonlySet<string>;
}

/** What one file gives; `undefined` when nothing in its text hints at a template, or it cannot be parsed. */
export interface TextScan {
  readonly opportunities: readonly Opportunity[];
  readonly leftAlone: readonly LeftAlone[];
}

/** Finds the opportunities in one text. Pure. */
export function scanText(text: string, { path, templates, accessors }: ScanTextOptions): TextScan | undefined {
  const hinted = templates.filter((template) => template.hint(text));
  if (hinted.length === 0) return undefined;
  const file = readSource(path, text, accessors);
  if (!file) return undefined;
  const opportunities: Opportunity[] = [];
  const leftAlone: LeftAlone[] = [];
  const ids = new Map<string, number>();
  const basedOn = createHash('sha256').update(text).digest('hex');
  const found = hinted.flatMap((template) => template.find(file).map((verdict) => ({ template, verdict })));
  const parse = parseCheck(
    path,
    text,
    found.flatMap(({ verdict }) => ('refused' in verdict ? [] : verdict)),
  );
  for (const { template, verdict } of found) {
    const line = lineOf(text, verdict.at.start);
    if ('refused' in verdict) leftAlone.push({ template: template.id, path, line, reason: verdict.refused });
    else if (!parse(verdict)) {
      leftAlone.push({ template: template.id, path, line, reason: 'The rewritten file would not parse.' });
    } else opportunities.push(describe({ text, path, template, rewrite: verdict, ids, basedOn }));
  }
  return { opportunities, leftAlone };
}

/** Checks the file with all rewrites at once, and only where that says nothing each for itself. */
function parseCheck(path: string, text: string, rewrites: readonly Rewrite[]): (rewrite: Rewrite) => boolean {
  const language = languageOf(path);
  if (!language) return () => false;
  const edits = rewrites.flatMap((rewrite) => rewrite.edits).toSorted((one, other) => one.start - other.start);
  const apart = edits.every((edit, at) => at === 0 || (edits[at - 1]?.end ?? 0) <= edit.start);
  if (rewrites.length > 1 && apart && parses(splice(text, edits), language)) return () => true;
  return (rewrite) => parses(splice(text, rewrite.edits), language);
}

interface Found {
  readonly text: string;
  readonly path: string;
  readonly template: Template;
  readonly rewrite: Rewrite;
  readonly ids: Map<string, number>;
  readonly basedOn: string;
}

function describe({ text, path, template, rewrite, ids, basedOn }: Found): Opportunity {
  const { at, edits, rationale, risk } = rewrite;
  const code = text.slice(at.start, at.end);
  return {
    id: identify(`${template.id}\n${path}\n${code}`, template.id, ids),
    template: template.id,
    title: template.title,
    path,
    line: lineOf(text, at.start),
    endLine: lineOf(text, at.end),
    excerpt: excerptOf(code),
    rationale,
    risk,
    gain: Math.min(10, template.gain + (runsOften(at) ? 1 : 0)),
    edits,
    basedOn,
  };
}

/** Names the code by what it says and where; equal pieces of one file are numbered. */
function identify(content: string, prefix: string, ids: Map<string, number>): string {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const id = `${prefix}-${hash}`;
  const times = (ids.get(id) ?? 0) + 1;
  ids.set(id, times);
  return times === 1 ? id : `${id}-${times}`;
}

function excerptOf(code: string): string {
  const lines = code.split(/\r?\n/);
  const shown = lines.slice(0, 6).map((line) => (line.length > 160 ? `${line.slice(0, 157)}...` : line));
  return lines.length > 6 ? [...shown, '...'].join('\n') : shown.join('\n');
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** In a loop, or in a function given to another: likely called for each of many. */
function runsOften(node: SyntaxNode): boolean {
  const outer = above(node, (at) => at.kind.startsWith('for_') || at.kind === 'while_statement' || isFunction(at));
  return outer !== undefined && (!isFunction(outer) || outer.parent?.kind === 'arguments');
}
