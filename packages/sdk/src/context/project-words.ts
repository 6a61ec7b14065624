import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { LeftOut, Piece } from './prompt-part.ts';
import { said } from './prompt-part.ts';
import { pathFrom } from './prompt-source.ts';
import type { PromptSource } from './prompt-source.ts';

/** Names of the files with words for agents; in one folder, the first goes first. */
export const wordFiles: readonly string[] = ['AGENTS.md', 'CLAUDE.md'];

/** How much of a project's words is taken, in UTF-8 bytes. */
export interface PromptLimits {
  /** Of one file. Default 32,768. */
  readonly fileBytes?: number;
  /** Of all files together; what is nearest to the work goes first. Default 65,536. */
  readonly totalBytes?: number;
}

/** What a project says to agents in one of its files. */
export interface ProjectWords {
  /** Relative to the root. */
  readonly path: string;
  /** Its folder, `''` for the root. */
  readonly folder: string;
  readonly pieces: readonly Piece[];
  readonly bytes: number;
}

export interface FoundWords {
  /** The outermost first. */
  readonly words: readonly ProjectWords[];
  readonly leftOut: readonly LeftOut[];
}

/** Every folder from the root to each of some paths, the outermost first. */
export function foldersTo(paths: readonly string[]): readonly string[] {
  const folders = new Set(['']);
  for (const path of paths) {
    const steps = posix
      .normalize(path)
      .split('/')
      .filter((step) => step !== '' && step !== '.');
    if (steps[0] === '..') continue;
    for (let depth = 1; depth <= steps.length; depth++) folders.add(steps.slice(0, depth).join('/'));
  }
  const depthOf = (folder: string) => (folder === '' ? 0 : folder.split('/').length);
  return [...folders].toSorted((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1));
}

/**
 * Reads what a project says to agents in some folders. What two files say word for word, and what one takes in from
 * another, is taken once.
 */
export async function findWords(
  source: PromptSource,
  folders: readonly string[],
  { fileBytes = 32_768, totalBytes = 65_536 }: PromptLimits = {},
): Promise<FoundWords> {
  const found: ProjectWords[] = [];
  const leftOut: LeftOut[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    for (const name of wordFiles) {
      const words = await wordsIn(source, { path: posix.join(folder, name), folder }, { seen, leftOut, fileBytes });
      if (words) found.push(words);
    }
  }
  return { words: fitting(source, found, { totalBytes, leftOut }), leftOut };
}

/** The line that tells a model whose words follow, and which files they are for. */
export function wordsHeading({ path, folder }: ProjectWords): string {
  if (folder === '') return `The project says in ${path}:\n\n`;
  return `For files below ${folder}/ the project adds in ${path}:\n\n`;
}

/** The pieces of a project's words with their heading. */
export function wordPieces(words: ProjectWords): readonly Piece[] {
  return [said(wordsHeading(words)), ...words.pieces];
}

interface Reading {
  /** Real paths and hashes of what was taken. */
  readonly seen: Set<string>;
  readonly leftOut: LeftOut[];
  readonly fileBytes: number;
}

async function wordsIn(
  source: PromptSource,
  { path, folder }: { readonly path: string; readonly folder: string },
  reading: Reading,
): Promise<ProjectWords | undefined> {
  const read = await source.read(path);
  if (!read) return undefined;
  if ('refused' in read) {
    reading.leftOut.push({ file: read.file, why: read.refused });
    return undefined;
  }
  if (!isNew(reading, read)) return undefined;
  const pieces = await withImports(source, { path, ...read }, { reading, stack: [read.file] });
  const cut = cutPieces(pieces, reading.fileBytes);
  if (cut.left > 0) reading.leftOut.push({ file: read.file, why: `${cut.left} bytes over the limit of a file` });
  if (cut.pieces.length === 0) return undefined;
  return { path, folder, pieces: cut.pieces, bytes: cut.bytes };
}

function isNew({ seen }: Reading, { file, text }: { readonly file: string; readonly text: string }): boolean {
  const hash = createHash('sha256').update(text.trim()).digest('hex');
  if (text.trim() === '' || seen.has(file) || seen.has(hash)) return false;
  seen.add(file).add(hash);
  return true;
}

const deepest = 5;

/** Takes in files that a line of their own names, as `@docs/style.md`; other lines stay as they are. */
async function withImports(
  source: PromptSource,
  page: { readonly path: string; readonly file: string; readonly text: string },
  { reading, stack }: { readonly reading: Reading; readonly stack: readonly string[] },
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let fenced = false;
  for (const [index, line] of page.text.trimEnd().split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const target = fenced ? undefined : /^@(\S+)\s*$/.exec(line)?.[1];
    const taken = target === undefined ? undefined : await importOf(source, { page, target }, { reading, stack });
    if (taken) pieces.push(...taken);
    else pieces.push({ text: `${line}\n`, file: page.file, lines: [index + 1, index + 1] });
  }
  return pieces;
}

async function importOf(
  source: PromptSource,
  { page, target }: { readonly page: { readonly path: string; readonly file: string }; readonly target: string },
  { reading, stack }: { readonly reading: Reading; readonly stack: readonly string[] },
): Promise<Piece[] | undefined> {
  const path = pathFrom(page.path, target);
  if (path === undefined) {
    reading.leftOut.push({ file: page.file, why: `"@${target}" leads out of the work tree` });
    return undefined;
  }
  const read = await source.read(path);
  if (!read || stack.length > deepest) return undefined;
  if ('refused' in read) {
    reading.leftOut.push({ file: read.file, why: read.refused });
    return undefined;
  }
  if (stack.includes(read.file) || !isNew(reading, read)) return [];
  return withImports(source, { path, ...read }, { reading, stack: [...stack, read.file] });
}

/** Cuts at a line's end. */
function cutPieces(pieces: readonly Piece[], maxBytes: number) {
  const kept: Piece[] = [];
  let bytes = 0;
  let left = 0;
  for (const piece of pieces) {
    const size = Buffer.byteLength(piece.text);
    if (left > 0 || bytes + size > maxBytes) left += size;
    else {
      kept.push(piece);
      bytes += size;
    }
  }
  if (left > 0) kept.push(said(`[${left} more bytes are left out here; read the file for them.]\n`));
  return { pieces: kept, bytes, left };
}

/** What is nearest to the work has the first claim on the room there is. */
function fitting(
  source: PromptSource,
  found: readonly ProjectWords[],
  { totalBytes, leftOut }: { readonly totalBytes: number; readonly leftOut: LeftOut[] },
): readonly ProjectWords[] {
  let room = totalBytes;
  const kept: ProjectWords[] = [];
  for (const words of found.toReversed()) {
    if (words.bytes > room) leftOut.push({ file: posix.join(source.root, words.path), why: 'no room is left' });
    else {
      kept.unshift(words);
      room -= words.bytes;
    }
  }
  return kept;
}
