import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isCapstanError } from '@capstan/sdk/contract';
import { goService } from '../context/__fixtures__/go-service.ts';
import { nestjsTs } from '../context/__fixtures__/nestjs-ts.ts';
import { pythonApp } from '../context/__fixtures__/python-app.ts';
import { reactViteTs } from '../context/__fixtures__/react-vite-ts.ts';
import { scratchRepository, type ScratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { openIndex } from '../context/open-index.ts';
import { applied } from './__fixtures__/planned.ts';

type Files = Readonly<Record<string, string>>;

/** Renames what a number chooses and renames it back; gives what differs then. */
async function thereAndBack(
  repository: ScratchRepository,
  files: Files,
  chosen: number,
): Promise<'refused' | readonly string[]> {
  const index = await openIndex(repository.root, { folder: false });
  const sources = index.files().filter(({ language }) => language !== undefined);
  const symbols = sources.flatMap(({ path }) => index.outline(path).map((one) => ({ ...one, path })));
  const symbol = symbols[chosen % symbols.length];
  if (!symbol) return 'refused';
  const { path, line, column, name } = symbol;
  const next = `${name}Renamed`;
  try {
    await applied(repository, { kind: 'rename', target: `${path}:${line}:${column}`, name: next }, { public: true });
  } catch (error) {
    if (isCapstanError(error) && error.code === 'conflict') return 'refused';
    throw error;
  }
  // What stands before it on its line may have become longer too.
  const text = readFileSync(join(repository.root, path), 'utf8').split('\n')[line - 1] ?? '';
  const back = `${path}:${line}:${text.indexOf(next) + 1}`;
  await applied(repository, { kind: 'rename', target: back, name }, { public: true });
  return Object.entries(files).flatMap(([file, before]) =>
    readFileSync(join(repository.root, file), 'utf8') === before ? [] : [file],
  );
}

async function holds(all: readonly Files[], numRuns: number): Promise<void> {
  let renamed = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...all), fc.nat(10_000), async (files, chosen) => {
      using repository = scratchRepository(files);
      const different = await thereAndBack(repository, files, chosen);
      if (different === 'refused') return;
      renamed += 1;
      expect(different).toEqual([]);
    }),
    { numRuns },
  );
  expect(renamed).toBeGreaterThan(0);
}

test('a rename there and back leaves every byte of TypeScript as it was', { timeout: 240_000 }, () =>
  holds([nestjsTs, reactViteTs], 14),
);

test('a rename there and back leaves every byte of Python and Go as it was', { timeout: 120_000 }, () =>
  holds([pythonApp, goService], 60),
);
