import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

/** A file, or some of its lines. */
export interface FileRange {
  readonly path: string;
  /** First and last line, from 1. */
  readonly lines?: readonly [number, number];
}

/**
 * Reads `path`, `path:12`, `path:12-40` or `path:L12-L40`.
 *
 * @throws {CapstanError} `not_found` when there is no such file, `invalid_config` for lines that it has not.
 */
export function fileRange(words: string, root: string): FileRange {
  if (existsSync(resolve(root, words))) return { path: words };
  const [, path = words, from, to = from] = /^(.*?):L?(\d+)(?:-L?(\d+))?$/.exec(words) ?? [];
  if (!existsSync(resolve(root, path))) {
    throw new CapstanError('not_found', `There is no file ${path} under ${root}.`, { where: path });
  }
  const first = Number(from);
  const last = Number(to);
  if (!(first >= 1 && last >= first)) {
    const text = `Lines are given as FILE:12 or FILE:12-40, not "${words}".`;
    throw new CapstanError('invalid_config', text, { where: words });
  }
  checkLines(resolve(root, path), path, last);
  return { path, lines: [first, last] };
}

function checkLines(file: string, path: string, last: number): void {
  if (!statSync(file).isFile()) {
    throw new CapstanError('invalid_config', `${path} is a folder and has no lines. Name a file.`, { where: path });
  }
  const text = readFileSync(file, 'utf8');
  const count = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (last <= count) return;
  const words = `${path} has ${count === 1 ? '1 line' : `${count} lines`}, so there is no line ${last}.`;
  throw new CapstanError('invalid_config', words, { where: path });
}

/** Says a range in words for a task. */
export function rangeWords({ path, lines }: FileRange): string {
  return lines ? `lines ${lines[0]} to ${lines[1]} of ${path}` : path;
}
