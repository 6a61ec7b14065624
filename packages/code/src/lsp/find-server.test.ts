import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchRepository, type ScratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { findServer, serverFolder } from './find-server.ts';
import { serverSpecs, specFor, type LanguageServerChoice } from './server-spec.ts';

function program(repository: ScratchRepository, path: string): void {
  repository.write(path, '#!/bin/sh\n');
  chmodSync(join(repository.root, path), 0o755);
}

function found(repository: ScratchRepository, file: string, env: Record<string, string> = {}) {
  const spec = specFor(serverSpecs(), file)?.spec;
  if (!spec) throw new Error(`no server for ${file}`);
  const folder = join(repository.root, file, '..');
  const server = findServer(spec, folder, { root: repository.root, env });
  return server && { argv: server.argv, from: server.from, program: server.program.slice(repository.root.length + 1) };
}

test('what is nearest to the file wins over what is above and what is in PATH', () => {
  using repository = scratchRepository();
  program(repository, 'bin/pyright-langserver');
  const env = { PATH: join(repository.root, 'bin') };
  expect(found(repository, 'app/a.py', env)?.program).toBe('bin/pyright-langserver');
  program(repository, '.venv/bin/pyright-langserver');
  expect(found(repository, 'app/a.py', env)?.program).toBe('.venv/bin/pyright-langserver');
  program(repository, 'app/node_modules/.bin/pyright-langserver');
  expect(found(repository, 'app/a.py', env)?.program).toBe('app/node_modules/.bin/pyright-langserver');
});

test('a compiler before version 7 is no server', () => {
  using repository = scratchRepository();
  program(repository, 'node_modules/.bin/tsc');
  repository.write('node_modules/typescript/package.json', '{"name":"typescript","version":"6.0.3"}');
  expect(found(repository, 'a.ts')).toBeUndefined();
  program(repository, 'node_modules/.bin/typescript-language-server');
  expect(found(repository, 'a.ts')?.argv).toEqual(['typescript-language-server', '--stdio']);
  repository.write('node_modules/typescript/package.json', '{"name":"typescript","version":"7.1.0"}');
  expect(found(repository, 'a.ts')?.argv).toEqual(['tsc', '--lsp', '--stdio']);
});

test('the version is told by the package that a link leads to', () => {
  using repository = scratchRepository();
  program(repository, 'global/typescript/bin/tsc');
  repository.write('global/typescript/package.json', '{"name":"typescript","version":"7.0.2"}');
  mkdirSync(join(repository.root, 'bin'));
  symlinkSync('../global/typescript/bin/tsc', join(repository.root, 'bin/tsc'));
  expect(found(repository, 'a.tsx', { PATH: join(repository.root, 'bin') })?.program).toBe('bin/tsc');
});

test('what cannot be run, and PATH that is not absolute, are passed over', () => {
  using repository = scratchRepository({ 'node_modules/.bin/gopls': '', 'bin/x': '' });
  program(repository, 'bin/gopls');
  expect(found(repository, 'a.go', { PATH: 'bin:.' })).toBeUndefined();
});

test('a server is started for the folder that its markers name', () => {
  using repository = scratchRepository({
    'package.json': '{}',
    'packages/one/tsconfig.json': '{}',
    'services/api/pyproject.toml': '',
    'services/api/app/a.py': '',
  });
  const at = (path: string) => join(repository.root, path);
  const folder = (path: string) => {
    const spec = specFor(serverSpecs(), path)?.spec;
    return spec && serverFolder(spec, at(path), repository.root);
  };
  expect(folder('packages/one/src/a.ts')).toBe(repository.root);
  expect(folder('services/api/app/a.py')).toBe(at('services/api'));
  expect(folder('scripts/a.py')).toBe(repository.root);
});

const ruby = { command: 'solargraph', args: ['stdio'], languages: { rb: 'ruby' } };

test('settings switch servers off, replace them and add others', () => {
  const names = (choice?: LanguageServerChoice) => serverSpecs(choice).map(({ name }) => name);
  expect(names()).toEqual(['typescript', 'python', 'go']);
  expect(names(false)).toEqual([]);
  expect(names({ go: false, ruby })).toEqual(['ruby', 'typescript', 'python']);
  const own = { command: '/opt/pyls', languages: { py: 'python' } };
  expect(specFor(serverSpecs({ python: own }), 'a.py')?.spec.commands).toEqual([{ argv: ['/opt/pyls'] }]);
  expect(specFor(serverSpecs({ ruby }), 'lib/a.rb')?.languageId).toBe('ruby');
  expect(specFor(serverSpecs({ ruby }), 'constructor')).toBeUndefined();
});

test.each([
  [{ languages: { rb: 'ruby' } }, /has no command/],
  [{ ...ruby, languages: {} }, /has no languages/],
  [{ ...ruby, languages: { '.rb': 'ruby' } }, /written without a dot/],
  [{ ...ruby, args: 'stdio' }, /has args/],
  [{ ...ruby, settings: [] }, /has settings/],
  [true, /neither false nor an object/],
])('a server of the settings that cannot be, %j, is refused', (config, words) => {
  expect(() => serverSpecs({ ruby: config as never })).toThrow(words);
});
