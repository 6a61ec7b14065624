import { join } from 'node:path';
import type { Reading } from '../parse/language.ts';
import { readContent, type SkipReason } from './read-content.ts';
import { segmentBuilder } from './segment-builder.ts';

/** A file to read. */
export interface ReadJob {
  readonly path: string;
  readonly reading: Reading;
}

/** What became of a job: the key of its content, or why it is left out. */
export interface ReadOutcome {
  readonly path: string;
  readonly key?: string;
  readonly skipped?: SkipReason;
}

/** Reads files into one segment. */
export interface JobReader {
  read(root: string, jobs: readonly ReadJob[]): ReadOutcome[];
  /** Packs all that was read. */
  finish(): Buffer;
}

/** @param known Contents that need no reading, since another segment has them. */
export function readJobs(known: (key: string) => boolean = () => false): JobReader {
  const builder = segmentBuilder();
  const readOne = (root: string, { path, reading }: ReadJob): ReadOutcome => {
    const content = readContent(join(root, path), path, reading);
    if ('skipped' in content) return { path, skipped: content.skipped };
    if (!known(content.key)) builder.add({ key: content.key, path, reading, text: content.text });
    return { path, key: content.key };
  };
  return { read: (root, jobs) => jobs.map((job) => readOne(root, job)), finish: builder.finish };
}
