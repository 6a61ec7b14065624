import { CapstanError } from '@capstan/sdk/contract';
import type { FilePatch } from './file-patch.ts';
import type { LineFeed } from './line-feed.ts';

const opening = /^<{5,9} ?(?:SEARCH|ORIGINAL)\b ?:?(.*)$/;
const divider = /^={5,9}\s*$/;
const closing = /^>{5,9} ?(?:REPLACE|UPDATED)\b.*$/;

/** Reads search/replace blocks, each with the path of its file on a line before it or that of the block before. */
export function* parseSearchReplace(feed: LineFeed): Generator<FilePatch> {
  let path: string | undefined;
  let before: string[] = [];
  for (let line = feed.take(); line !== undefined; line = feed.take()) {
    const start = opening.exec(line);
    if (!start) {
      before.push(line);
      continue;
    }
    path = pathIn(start[1] ?? '') ?? pathBefore(before) ?? path;
    if (path === undefined) throw refused(feed, 'has no path. Put the path of the file on the line before the block');
    yield { kind: 'replace', path, ...readBlock(feed) };
    before = [];
  }
}

function readBlock(feed: LineFeed): { readonly old: string; readonly new: string } {
  const old = linesUntil(feed, divider, 'a line of "======="');
  const replacement = linesUntil(feed, closing, 'a line of ">>>>>>> REPLACE"');
  if (replacement.some((line) => divider.test(line))) {
    throw refused(feed, 'has two lines of "=======", so it is not clear where the search ends. Use edit for this text');
  }
  return { old: joined(old), new: joined(replacement) };
}

function linesUntil(feed: LineFeed, end: RegExp, words: string): string[] {
  const lines: string[] = [];
  for (let line = feed.take(); line === undefined || !end.test(line); line = feed.take()) {
    if (line === undefined || opening.test(line)) throw refused(feed, `is not closed: ${words} is missing`);
    lines.push(line);
  }
  return lines;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The nearest line that looks like a path, past fences and blank lines. */
function pathBefore(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const fence = /^\s*(?:```|~~~)\s*\w*\s*(.*)$/.exec(line);
    if (line.trim() === '' || (fence && fence[1]?.trim() === '')) continue;
    return pathIn(fence ? (fence[1] ?? '') : line);
  }
  return undefined;
}

function pathIn(text: string): string | undefined {
  const coded = [...text.matchAll(/`([^`\s]*[./][^`\s]*)`/g)];
  if (coded.length === 1) return coded[0]?.[1];
  const bare = text
    .trim()
    .replace(/^(?:#+|\/\/|[-*>]) */, '')
    .replace(/^\**(?:file(?:name)?|path)\**:?\** */i, '')
    .replaceAll(/^[`*"']+|[`*"':]+$/g, '')
    .trim();
  return bare !== '' && !/\s{2}|[<>|?*]/.test(bare) && /[./\w-]/.test(bare) && looksLikePath(bare) ? bare : undefined;
}

function looksLikePath(text: string): boolean {
  return !/\s/.test(text) || /[/.]\S*$/.test(text);
}

function refused(feed: LineFeed, why: string): CapstanError {
  return new CapstanError('tool_failed', `The search/replace block before line ${feed.number} ${why}.`);
}
