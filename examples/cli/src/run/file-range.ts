import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

/** A file, or some of its lines. */
export interface FileRange {
  readonly path: string;
  /** First and last line, from 1. */
  readonly lines?: readonly [number, number];
}

/** Reads `path`, `path:12` or `path:12-40`. @throws {CapstanError} `not_found` when there is no such file. */
export function fileRange(words: string, root: string): FileRange {
  if (existsSync(resolve(root, words))) return { path: words };
  const [, path = words, from, to = from] = /^(.*?):(\d+)(?:-(\d+))?$/.exec(words) ?? [];
  if (!existsSync(resolve(root, path))) {
    throw new CapstanError('not_found', `There is no file ${path} under ${root}.`, { where: path });
  }
  const first = Number(from);
  const last = Number(to);
  if (first >= 1 && last >= first) return { path, lines: [first, last] };
  throw new CapstanError('invalid_config', `Lines are given as FILE:12 or FILE:12-40, not "${words}".`, {
    where: words,
  });
}

/** Says a range in words for a task. */
export function rangeWords({ path, lines }: FileRange): string {
  return lines ? `lines ${lines[0]} to ${lines[1]} of ${path}` : path;
}
