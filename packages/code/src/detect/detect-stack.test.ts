import fc from 'fast-check';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expressTs } from '../context/__fixtures__/express-ts.ts';
import { goService } from '../context/__fixtures__/go-service.ts';
import { nestjsTs } from '../context/__fixtures__/nestjs-ts.ts';
import { nextjsTs } from '../context/__fixtures__/nextjs-ts.ts';
import { pythonApp } from '../context/__fixtures__/python-app.ts';
import { reactViteTs } from '../context/__fixtures__/react-vite-ts.ts';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { djangoSite, flaskPrograms, goAndRust, mixedWorkspace, muddled } from './__fixtures__/repositories.ts';
import { detectStack } from './detect-stack.ts';
import type { Evidence, Stack } from './stack.ts';

test.each([
  ['nextjs-ts', nextjsTs],
  ['nestjs-ts', nestjsTs],
  ['express-ts', expressTs],
  ['react-vite-ts', reactViteTs],
  ['python-app', pythonApp],
  ['go-service', goService],
  ['mixed-workspace', mixedWorkspace],
  ['django-site', djangoSite],
  ['flask-programs', flaskPrograms],
  ['go-and-rust', goAndRust],
  ['muddled', muddled],
] as const)('what %s is made with', async (name, files) => {
  using repository = scratchRepository(files);
  const { root: _, ...stack } = await detectStack(repository.root);
  await expect(JSON.stringify(stack, undefined, 1)).toMatchFileSnapshot(`./__fixtures__/${name}.golden.json`);
});

test('the first command of a purpose is the one a person would type', async () => {
  using repository = scratchRepository(mixedWorkspace);
  const stack = await detectStack(repository.root);
  const first = (path: string, purpose: string): string | undefined =>
    stack.packages.find((one) => one.path === path)?.commands.find((one) => one.purpose === purpose)?.command;
  expect(first('.', 'install')).toBe('pnpm install --frozen-lockfile');
  expect(first('.', 'test')).toBe('pnpm test');
  expect(first('.', 'bench')).toBe('pnpm run bench');
  expect(first('apps/web', 'typecheck')).toBe('pnpm run typecheck');
  expect(first('services/api', 'test')).toBe('uv run pytest');
  expect(first('services/api', 'dev')).toBe('uv run uvicorn app.main:app --reload');
  expect(stack.packages.map(({ path, role }) => `${path} ${role}`)).toEqual([
    '. root',
    'apps/web member',
    'packages/old separate',
    'packages/ui member',
    'services/api separate',
  ]);
  expect(stack.workflows.filter(({ cwd }) => cwd === 'apps/web').map(({ command }) => command)).toEqual(['pnpm test']);
});

test('files that contradict one another, and files with mistakes, are told', async () => {
  using repository = scratchRepository(muddled);
  const { conflicts, warnings } = await detectStack(repository.root);
  expect(conflicts.map(({ about }) => about)).toEqual(['lock files', 'lock files', 'package manager']);
  expect(warnings.map(({ file, line }) => `${file}:${line ?? ''}`).toSorted()).toEqual([
    '.github/workflows/test.yml:5',
    'go.mod:1',
    'package.json:4',
    'pyproject.toml:3',
  ]);
});

test('every piece of evidence stands where it says', async () => {
  for (const files of [mixedWorkspace, djangoSite, flaskPrograms, goAndRust, nextjsTs, expressTs]) {
    using repository = scratchRepository(files);
    for (const { file, line } of allEvidence(await detectStack(repository.root))) {
      const path = join(repository.root, file);
      if (line !== undefined) expect(readFileSync(path, 'utf8').split('\n')[line - 1], `${file}:${line}`).toMatch(/\S/);
      expect(statSync(path)).toBeDefined();
    }
  }
});

function allEvidence(stack: Stack): readonly Evidence[] {
  const facts = stack.packages.flatMap((one) => [
    ...one.languages,
    ...one.packageManagers,
    ...one.frameworks,
    ...one.testRunners,
    ...one.runtimes,
    ...one.commands,
  ]);
  for (const { confidence } of facts) expect(confidence > 0 && confidence <= 0.99).toBe(true);
  return facts.flatMap(({ evidence }) => evidence);
}

test('nothing of a repository is run', async () => {
  const trap = 'require("node:fs").writeFileSync(__dirname + "/ran", "")';
  using repository = scratchRepository({
    'package.json':
      '{ "scripts": { "test": "touch ran", "preinstall": "touch ran" }, "devDependencies": { "vitest": "4.0.0" } }',
    'vitest.config.js': trap,
    'next.config.js': trap,
    'setup.py': 'open("ran", "w")',
    Makefile: 'X := $(shell touch ran)\ntest:\n\ttouch ran\n',
  });
  await detectStack(repository.root);
  expect(statSync(join(repository.root, 'ran'), { throwIfNoEntry: false })).toBeUndefined();
});

test('manifests of any content are no reason to stop', async () => {
  const names = [
    'package.json',
    'pyproject.toml',
    'go.mod',
    'Cargo.toml',
    'Makefile',
    'tox.ini',
    'setup.cfg',
    'turbo.json',
    'pnpm-workspace.yaml',
    '.github/workflows/a.yml',
    'Taskfile.yml',
    'Pipfile',
    'requirements.txt',
  ];
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\n',
    '  ',
    '- ',
    'scripts',
    'test',
    'jobs',
    'steps',
    'run',
    'packages',
    '*',
    '[project]',
    '=',
    'null',
    '&a',
    '*a',
    '<<',
    '|',
    '\t',
    'dependencies',
    '1',
    '\0',
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), fc.array(pieces, { maxLength: 30 })), async (made) => {
      using repository = scratchRepository(
        Object.fromEntries(Object.entries(made).map(([name, text]) => [name, text.join('')])),
      );
      const { packages, warnings } = await detectStack(repository.root);
      expect(packages.length).toBeLessThanOrEqual(1);
      for (const { message } of warnings) expect(message).not.toBe('');
    }),
    { numRuns: 60 },
  );
});

test('a root that is not there is named', async () => {
  await expect(detectStack('/nowhere/at/all')).rejects.toThrow(/no folder/);
});
