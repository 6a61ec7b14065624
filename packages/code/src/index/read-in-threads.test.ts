import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInThreads } from './read-in-threads.ts';
import { readJobs, type ReadJob } from './read-jobs.ts';
import { openSegment, type Segment } from './segment.ts';

function folderOf(count: number) {
  const root = mkdtempSync(join(tmpdir(), 'capstan-threads-'));
  mkdirSync(join(root, 'src'));
  const jobs = Array.from({ length: count }, (_, at): ReadJob => {
    writeFileSync(
      join(root, `src/f${at}.ts`),
      `import { f${at + 1} } from './f${at + 1}';\nexport const f${at} = () => f${at + 1}();\n`,
    );
    return { path: `src/f${at}.ts`, reading: 'typescript' };
  });
  return { root, jobs, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

const told = (segments: readonly Segment[]) =>
  segments
    .flatMap((segment) =>
      Array.from({ length: segment.docs }, (_, doc) => [
        segment.keyOf(doc),
        segment.symbolsOf(doc),
        segment.linksOf(doc),
      ]),
    )
    .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1));

test('threads read what one reader reads', async () => {
  using folder = folderOf(300);
  const threaded = await readInThreads(folder.root, folder.jobs);
  const reader = readJobs();
  const outcomes = reader.read(folder.root, folder.jobs);
  expect(threaded.outcomes).toHaveLength(300);
  expect(new Map(threaded.outcomes.map((one) => [one.path, one.key]))).toEqual(
    new Map(outcomes.map((one) => [one.path, one.key])),
  );
  expect(told(threaded.segments.map(openSegment))).toEqual(told([openSegment(reader.finish())]));
});

test('an abort ends the threads', async () => {
  using folder = folderOf(300);
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(readInThreads(folder.root, folder.jobs, stop.signal)).rejects.toThrow('enough');
});
