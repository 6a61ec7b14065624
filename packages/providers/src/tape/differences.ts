import type { Json } from '@capstan/sdk/contract';
import type { TapeRequest } from './tape.ts';

/** One thing in which a request is not as it was recorded. */
export interface TapeDifference {
  /** For example `instructions`, `messages[2].parts[0].text`, `tools.read.description`. */
  readonly path: string;
  /** What the tape has, cut to where it differs; `undefined` if nothing. */
  readonly recorded: string | undefined;
  readonly now: string | undefined;
}

/** Says in what two requests differ, in reading order. Output limit and seed are no difference: they change from run to run. */
export function differencesOf(recorded: TapeRequest, now: TapeRequest): readonly TapeDifference[] {
  const found: TapeDifference[] = [];
  compare('', comparable(recorded), comparable(now), found);
  return found;
}

/** Tells a difference in one line. */
export function tellDifference({ path, recorded, now }: TapeDifference): string {
  if (recorded === undefined) return `${path} is new: ${now}`;
  if (now === undefined) return `${path} is gone: ${recorded}`;
  return `${path} was ${recorded}, is ${now}`;
}

/** Tools are compared by name, so that a new one does not shift all others. */
function comparable({ maxOutputTokens: _, seed: __, tools, ...rest }: TapeRequest): Json {
  const byName = tools.map((tool) => [String((tool as { readonly name?: Json }).name), tool] as const);
  return { ...rest, tools: Object.fromEntries(byName) } as unknown as Json;
}

function compare(path: string, before: Json | undefined, after: Json | undefined, found: TapeDifference[]): void {
  if (before === after) return;
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    const list = Array.isArray(before);
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names)
      compare(list ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, before[name], after[name], found);
    return;
  }
  const at = typeof before === 'string' && typeof after === 'string' ? firstDifference(before, after) : 0;
  found.push({ path, recorded: excerpt(before, at), now: excerpt(after, at) });
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** Some words around the place where it differs. */
function excerpt(value: Json | undefined, at: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return cut(JSON.stringify(value), 0);
  const from = Math.max(0, at - 20);
  return `"${from > 0 ? '…' : ''}${cut(value, from)}"`;
}

function cut(text: string, from: number): string {
  const piece = text.slice(from, from + 80).replaceAll('\n', '⏎');
  return from + 80 < text.length ? `${piece}…` : piece;
}
