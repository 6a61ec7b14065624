import { expect, test } from 'vitest';
import { expressTs } from './__fixtures__/express-ts.ts';
import { goService } from './__fixtures__/go-service.ts';
import { nestjsTs } from './__fixtures__/nestjs-ts.ts';
import { nextjsTs } from './__fixtures__/nextjs-ts.ts';
import { pythonApp } from './__fixtures__/python-app.ts';
import { reactViteTs } from './__fixtures__/react-vite-ts.ts';
import { scratchRepository } from './__fixtures__/scratch-repository.ts';
import type { CodeIndex } from './code-index.ts';
import { openIndex } from './open-index.ts';
import { outlineText } from './snippet.ts';

const repositories: readonly (readonly [
  name: string,
  files: Readonly<Record<string, string>>,
  symbols: readonly string[],
])[] = [
  ['nextjs-ts', nextjsTs, ['formatPrice', 'findProduct', 'Product', 'SiteHeader', 'metadata']],
  [
    'nestjs-ts',
    nestjsTs,
    ['UsersService', 'UsersController', 'User', 'Role', 'UsersService.isFirst', 'UsersService.findByName'],
  ],
  ['express-ts', expressTs, ['openStore', 'port', 'todoRouter', 'seed', 'titles', 'Old.list']],
  ['react-vite-ts', reactViteTs, ['Button', 'Dialog', 'primary', 'useCounter', 'App', 'Dialog.close']],
  ['python-app', pythonApp, ['total', 'rate_for', 'Order', 'LIMIT', 'Order._check']],
  ['go-service', goService, ['New', 'full', 'Job', 'Max', 'Memory.Push']],
];

test.each(repositories)('what is known of %s', async (name, files, symbols) => {
  using repository = scratchRepository(files);
  const index = await openIndex(repository.root, { folder: false });
  await expect(told(index, symbols)).toMatchFileSnapshot(`./__fixtures__/${name}.golden.txt`);
});

function told(index: CodeIndex, symbols: readonly string[]): string {
  const files = index.files().map(({ path, language, kind, lines, broken }) => {
    const imports = index
      .importsOf(path)
      .map((one) => `  ${one.kind} ${one.specifier} -> ${one.files.join(', ') || '(outside)'}`);
    const tests = index.relatedTests(path).map((one) => `  tested by ${one.path} (${one.why})`);
    const rows = [outlineText(index.outline(path)), ...imports, ...tests].filter((row) => row !== '');
    return [`# ${path} ${language ?? 'text'} ${kind} ${lines}${broken ? ' broken' : ''}`, ...rows].join('\n');
  });
  return [...files, ...symbols.map((name) => symbolTold(index, name))].join('\n\n') + '\n';
}

function symbolTold(index: CodeIndex, name: string): string {
  const [symbol] = index.definitions(name);
  if (!symbol) return `## ${name} is not there`;
  const uses = index
    .references(symbol)
    .map(({ path, line, column, role, sure }) => `  ${sure ? ' ' : '?'} ${path}:${line}:${column} ${role}`);
  const calls = index.callsFrom(symbol).map(({ to, line }) => `  calls ${to.path} ${to.name} on line ${line}`);
  const callers = index
    .callsTo(symbol)
    .map(({ from, line }) => `  called by ${from.path} ${from.name} on line ${line}`);
  return [`## ${symbol.path} ${name}`, ...uses, ...calls, ...callers].join('\n');
}
