import { diffLines } from '../worktree/line-diff.ts';
import { blockMatch, lineTable } from './block-match.ts';
import type { LineTable } from './block-match.ts';
import { plainLine } from './loose-text.ts';
import { tokensOf } from './splice-text.ts';
import type { TextMatch } from './text-match.ts';

/** A place that resembles what was looked for. */
export interface Resemblance {
  /** Index of its first line. */
  readonly at: number;
  /** 0 to 1. */
  readonly score: number;
  /** The least of the single lines' scores. */
  readonly weakest: number;
}

const leastScore = 0.88;
const leastLine = 0.5;
const leastLead = 0.04;
const leastChars = 16;
const maxTried = 8;

/** Finds the one place that resembles `old` so closely that nothing else can be meant; else nothing. */
export function findFuzzy(table: LineTable, old: string): TextMatch[] {
  const wanted = lineTable(old);
  if (old.replaceAll(/\s/g, '').length < leastChars) return [];
  const [best, second] = resemblances(table, wanted);
  if (!best || best.score < leastScore || best.weakest < leastLine) return [];
  if (second && best.score - second.score < leastLead) return [];
  const match = blockMatch({ table, wanted, at: best.at }, old, { tier: 'fuzzy', leniency: 'look-alikes' });
  return match ? [match] : [];
}

/** Ranks the places where lines of `old` or lines like them stand, the closest first. */
export function resemblances(table: LineTable, wanted: LineTable): Resemblance[] {
  const keys = table.lines.map((line) => plainLine(line).trim());
  const wantedKeys = wanted.lines.map((line) => plainLine(line).trim());
  const tried = placesToTry(keys, wantedKeys).map((at) => resemblance(keys, wantedKeys, at));
  return tried.toSorted((one, other) => other.score - one.score);
}

/** Lines that are the same vote for where the block would start; without any, the line most like the longest does. */
function placesToTry(keys: readonly string[], wanted: readonly string[]): number[] {
  const lines = new Map<string, number[]>();
  wanted.forEach((line, index) => {
    if (line.length > 2) lines.set(line, [...(lines.get(line) ?? []), index]);
  });
  const votes = new Map<number, number>();
  keys.forEach((line, index) => {
    for (const own of lines.get(line) ?? []) votes.set(index - own, (votes.get(index - own) ?? 0) + line.length);
  });
  const voted = [...votes].toSorted((one, other) => other[1] - one[1]).map(([at]) => at);
  const places = voted.length >= maxTried ? voted : [...voted, ...likeLongest(keys, wanted)];
  const last = Math.max(0, keys.length - wanted.length);
  return [...new Set(places.slice(0, maxTried).map((at) => Math.min(Math.max(at, 0), last)))];
}

function likeLongest(keys: readonly string[], wanted: readonly string[]): number[] {
  let longest = 0;
  wanted.forEach((line, index) => {
    if (line.length > (wanted[longest]?.length ?? 0)) longest = index;
  });
  const bag = wordsOf(wanted[longest] ?? '');
  const scored = keys.map((line, index) => [index - longest, overlap(bag, wordsOf(line))] as const);
  const like = scored.filter(([, score]) => score > 0.4).toSorted((one, other) => other[1] - one[1]);
  return like.slice(0, maxTried).map(([at]) => at);
}

function wordsOf(line: string): Set<string> {
  return new Set(line.match(/[\p{L}\p{N}_]+/gu) ?? []);
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  let common = 0;
  for (const word of one) if (other.has(word)) common++;
  return (2 * common) / (one.size + other.size);
}

function resemblance(keys: readonly string[], wanted: readonly string[], at: number): Resemblance {
  let weight = 0;
  let sum = 0;
  let weakest = 1;
  wanted.forEach((line, index) => {
    const real = keys[at + index] ?? '';
    const size = Math.max(line.length, real.length);
    if (size === 0) return;
    const score = lineLikeness(line, real);
    weight += size;
    sum += score * size;
    weakest = Math.min(weakest, score);
  });
  return { at, score: weight === 0 ? 0 : sum / weight, weakest };
}

/** How much two lines have in common, from 0 to 1, in characters; by whole words when they are long. */
function lineLikeness(one: string, other: string): number {
  if (one === other) return 1;
  const [a, b] = one.length + other.length > 800 ? [tokensOf(one), tokensOf(other)] : [[...one], [...other]];
  let kept = a.length;
  for (const { aCount } of diffLines(a, b)) kept -= aCount;
  return (2 * kept) / (a.length + b.length);
}
