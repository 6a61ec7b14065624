import { CapstanError } from '@capstan/sdk/contract';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { type Settings, settingsSchema } from './schema.ts';

/**
 * Reads a configuration from JSON or YAML.
 *
 * @param where Name of the file, for messages.
 * @throws {CapstanError} `invalid_config` with one line for each fault, each with its line number and its field; values
 * are not repeated, as one could be a key that should not be there.
 */
export function parseSettings(text: string, where: string): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true });
  const [broken] = document.errors;
  if (broken) {
    const { line } = lines.linePos(broken.pos[0]);
    throw wrong([`${where}:${line}: ${broken.message.split('\n')[0]?.replace(/ at line.*$/, '')}`], where);
  }
  const parsed = settingsSchema.safeParse(valueOf(document, where) ?? {});
  if (!parsed.success)
    throw wrong(
      parsed.error.issues.map((issue) => faultOf(issue, { document, lines, where })),
      where,
    );
  const dangling = danglingTargets(parsed.data).map(({ path, text: said }) => {
    return `${where}:${lineOf(document, lines, path)}: ${shownPath(path)} ${said}`;
  });
  if (dangling.length > 0) throw wrong(dangling, where);
  return parsed.data;
}

/** The plain value; refuses aliases that unfold to something huge. */
function valueOf(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    throw new CapstanError('invalid_config', `${where}:1: The aliases cannot be unfolded.`, { where }, { cause });
  }
}

interface Place {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly where: string;
}

function faultOf(issue: z.core.$ZodIssue, { document, lines, where }: Place): string {
  const path = issue.path.filter((step): step is string | number => typeof step !== 'symbol');
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const full = unknown === undefined ? path : [...path, unknown];
  const said = unknown === undefined ? wordsOf(issue) : 'is no setting';
  return `${where}:${lineOf(document, lines, full)}: ${shownPath(full)} ${said}`;
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return 'must be {"env": "NAME"} or {"store": "NAME"}; no key stands in this file';
  if (issue.message.startsWith('is ')) return issue.message;
  return `is wrong: ${issue.message.replace(/^Invalid (input|option): /, '')}`;
}

function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function shownPath(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'The file' : path.join('.');
}

interface Dangling {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Targets of routes that name no upstream of the file. */
function danglingTargets({ routes, upstreams, fallback }: Settings): Dangling[] {
  const known = Object.keys(upstreams);
  const check = (target: string, path: readonly (string | number)[]): Dangling[] => {
    const name = target.slice(0, target.indexOf('/'));
    if (known.includes(name)) return [];
    return [{ path, text: `leads to "${name}", which is no upstream. There are: ${known.join(', ') || 'none'}` }];
  };
  return [
    ...routes.flatMap(({ to }, at) => to.flatMap((target, index) => check(target, ['routes', at, 'to', index]))),
    ...(fallback === undefined ? [] : check(fallback, ['fallback'])),
  ];
}

function wrong(faults: readonly string[], where: string): CapstanError {
  return new CapstanError('invalid_config', faults.join('\n'), { where });
}
