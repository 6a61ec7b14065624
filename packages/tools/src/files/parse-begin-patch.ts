import { CapstanError } from '@capstan/sdk/contract';
import type { FilePatch, HunkLine, PatchHunk } from './file-patch.ts';
import type { LineFeed } from './line-feed.ts';

const header = /^\*\*\* (Add File|Delete File|Update File|Move to|Begin Patch|End Patch|End of File)(?:: ?(.*))?\s*$/;

/** Reads the format between `*** Begin Patch` and `*** End Patch`, file by file; both marks may be missing. */
export function* parseBeginPatch(feed: LineFeed): Generator<FilePatch> {
  for (let line = feed.take(); line !== undefined; line = feed.take()) {
    const [, what, path = ''] = header.exec(line) ?? [];
    if (what === 'Add File') yield { kind: 'add', path: path.trim(), content: addedLines(feed) };
    else if (what === 'Delete File') yield { kind: 'delete', path: path.trim() };
    else if (what === 'Update File') yield updated(feed, path.trim());
    else if (what === 'End Patch') return;
    else if (what === undefined && line.trim() !== '' && !/^```|^EOF$/.test(line)) throw unexpected(feed, line);
  }
}

function addedLines(feed: LineFeed): string {
  let content = '';
  for (let line = feed.peek(); line !== undefined && !header.test(line); line = feed.peek()) {
    if (line.startsWith('```') || (line.trim() === '' && isLast(feed))) break;
    if (!line.startsWith('+') && line !== '') throw unexpected(feed, line);
    content += `${line.slice(1)}\n`;
    feed.take();
  }
  return content;
}

function updated(feed: LineFeed, path: string): FilePatch {
  const [, what, target] = header.exec(feed.peek() ?? '') ?? [];
  const moveTo = what === 'Move to' && target ? target.trim() : undefined;
  if (moveTo) feed.take();
  const hunks: PatchHunk[] = [];
  for (let line = feed.peek(); line !== undefined && !endsFile(line); line = feed.peek()) {
    if (line.trim() === '' && isLast(feed)) break;
    hunks.push(hunk(feed));
  }
  return { kind: 'update', path, hunks, ...(moveTo ? { moveTo } : {}) };
}

function hunk(feed: LineFeed): PatchHunk {
  const anchors: string[] = [];
  let line = feed.peek();
  for (; line?.startsWith('@@'); line = feed.peek()) {
    const anchor = anchorOf(line);
    if (anchor.trim() !== '') anchors.push(anchor);
    feed.take();
  }
  const lines: HunkLine[] = [];
  for (; line !== undefined && !line.startsWith('@@') && !endsFile(line); line = feed.peek()) {
    feed.take();
    if (header.exec(line)?.[1] === 'End of File') return { anchors, lines, atEnd: true };
    if (line === '' && (isLast(feed) || endsFile(feed.peek() ?? ''))) break;
    lines.push(hunkLine(feed, line));
  }
  return { anchors, lines };
}

/** The words behind `@@`; numbers and a closing `@@`, as a unified diff has them, are no anchor. */
function anchorOf(line: string): string {
  const words = line.slice(2).replace(/^ /, '');
  return words.replace(/^-\d+(,\d+)? \+\d+(,\d+)? @@ ?/, '').replace(/\s*@@\s*$/, '');
}

function hunkLine(feed: LineFeed, line: string): HunkLine {
  const mark = line[0];
  if (line === '') return { mark: ' ', text: '' };
  if (mark === ' ' || mark === '-' || mark === '+') return { mark, text: line.slice(1) };
  if (mark === '\t') return { mark: ' ', text: line };
  throw unexpected(feed, line);
}

function endsFile(line: string): boolean {
  const what = header.exec(line)?.[1];
  return (what !== undefined && what !== 'End of File') || line.startsWith('```') || line === 'EOF';
}

function isLast(feed: LineFeed): boolean {
  for (let ahead = 0; ; ahead++) {
    const line = feed.peek(ahead);
    if (line === undefined || endsFile(line)) return true;
    if (line.trim() !== '') return false;
  }
}

function unexpected(feed: LineFeed, line: string): CapstanError {
  return new CapstanError(
    'tool_failed',
    `Line ${feed.number} of the patch, "${line.slice(0, 80)}", has no mark. In a hunk each line starts with a blank, "-" or "+"; a file starts with "*** Update File: path".`,
  );
}
