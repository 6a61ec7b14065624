import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IndexedFile, PlaceDescription } from '@capstan/code';
import { rangeWords } from '../run/file-range.ts';
import { folderFacts, type FolderFacts } from './folder-facts.ts';
import { folderText, placeText } from './place-text.ts';
import type { Facts, StudyTools } from './study.ts';
import type { Target } from './target.ts';

const task = `Say what it is for, how it works step by step, which data goes in and out, what can go wrong, and what is surprising. Read it, and what it uses and who uses it, as far as what follows does not tell. Name files and lines. Be short. Change nothing.`;

/** Gathers what is known of a place, of a folder or of the repository. */
export async function explainFacts(tools: StudyTools, target: Target): Promise<Facts> {
  if (target.kind === 'folder') return ofFolder(await folderFacts(tools, target.path));
  const file = tools.index.file(target.kind === 'symbol' ? target.symbol.path : target.path);
  if (!file && target.kind === 'place') return ofUnknown(tools, target.path, target.lines);
  const { describePlace } = await import('@capstan/code');
  const { readable, index } = tools;
  if (target.kind === 'place') {
    const { path, lines } = target;
    return ofPlace(await describePlace(index, { path, ...(lines ? { lines } : {}) }, { mask: readable }));
  }
  const { symbol, others } = target;
  const lines = [symbol.line, symbol.line] as const;
  const told = await describePlace(index, { path: symbol.path, lines }, { mask: readable });
  const place = { ...told, lines: [symbol.line, symbol.endLine] as const };
  return ofPlace(
    place,
    others.slice(0, 10).map(({ name, path, line }) => ({ name, path, line })),
  );
}

function ofFolder(folder: FolderFacts): Facts {
  const subject = folder.path === '' ? 'this repository' : `the folder ${folder.path}`;
  const text = folderText(folder);
  return {
    payload: { folder },
    text,
    task: `Explain ${subject} to an engineer who is new here. ${task}\n\n<known>\n${text}\n</known>`,
  };
}

function ofPlace(place: PlaceDescription, alsoAt: readonly { name: string; path: string; line: number }[] = []): Facts {
  const { path, lines, symbol } = place;
  const range = rangeWords({ path, ...(lines ? { lines } : {}) });
  const subject = symbol ? `${range}, in ${symbol.kind} ${symbol.name},` : range;
  const text = placeText(place, alsoAt);
  return {
    payload: { place, ...(alsoAt.length > 0 ? { alsoAt } : {}) },
    text,
    task: `Explain ${subject} to an engineer who is new here. ${task}\n\n<known>\n${text}\n</known>`,
  };
}

/** A file that the index does not read: its size is all that is known. */
function ofUnknown({ index, root }: StudyTools, path: string, lines: readonly [number, number] | undefined): Facts {
  const reason = index.skipped().find((one) => one.path === path)?.reason ?? 'ignored, or of a kind that is not read';
  const bytes = readFileSync(join(root, path));
  const file: IndexedFile & { bytes: number; reason: string } = {
    path,
    kind: 'data',
    lines: bytes.toString('latin1').split('\n').length,
    broken: false,
    bytes: bytes.length,
    reason,
  };
  const subject = rangeWords({ path, ...(lines ? { lines } : {}) });
  const text = `${path}: ${file.bytes} bytes; the index does not read it (${reason}).`;
  return { payload: { file }, text, task: `Explain ${subject} to an engineer who is new here. ${task}` };
}
