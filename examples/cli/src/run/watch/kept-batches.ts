import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareFolder } from '../../project/open-project.ts';
import type { ChangeBatch } from './change-batch.ts';

/** A batch as it is kept: with what a model said of it, if one did. */
export type KeptBatch = ChangeBatch & { readonly words?: string };

/** A file larger than this many bytes is cut to its newer half. */
const mostBytes = 1_000_000;

function fileOf(root: string): string {
  return join(root, '.capstan', 'watch.jsonl');
}

/** Keeps a batch in `.capstan/watch.jsonl`, a line each. */
export function keepBatch(root: string, batch: KeptBatch): void {
  prepareFolder(root);
  const file = fileOf(root);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > mostBytes) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(`${file}.tmp`, `${lines.slice(Math.floor(lines.length / 2)).join('\n')}\n`);
    renameSync(`${file}.tmp`, file);
  }
  appendFileSync(file, `${JSON.stringify(batch)}\n`);
}

/** Gives the last batches that were kept, the oldest first. A line that is none is left out. */
export function keptBatches(root: string, most: number): KeptBatch[] {
  const file = fileOf(root);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-most);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as KeptBatch];
    } catch {
      return [];
    }
  });
}
