import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createAgent } from '@capstan/sdk';
import { scriptedModel } from '@capstan/sdk/testing';
import { fileTools, openWorktree } from '@capstan/tools';
import { describe, expect, test } from 'vitest';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { diagnosticsAfterEdit } from './diagnostics-after-edit.ts';
import { findServer } from './find-server.ts';
import { openLanguageServers, type LanguageServers } from './language-servers.ts';
import { serverSpecs } from './server-spec.ts';

const signal = new AbortController().signal;
const ours = join(import.meta.dirname, '../../../../node_modules/.bin');
const env = { ...process.env, PATH: [ours, process.env['PATH']].join(delimiter) };

function isInstalled(name: string, program: string): boolean {
  const spec = serverSpecs().find((each) => each.name === name);
  const found = spec && findServer(spec, '/', { root: '/', env: { PATH: env.PATH } });
  return found?.argv[0] === program;
}

/** A project with servers that are ended with it. */
function project(files: Readonly<Record<string, string>>) {
  const repository = scratchRepository(files);
  const servers = openLanguageServers(repository.root, { env, requestTimeoutMs: 60_000 });
  return {
    ...repository,
    servers,
    at: (path: string) => join(servers.root, path),
    async [Symbol.asyncDispose]() {
      await servers.close();
      repository[Symbol.dispose]();
    },
  };
}

async function messages(servers: LanguageServers, ...paths: string[]): Promise<string[]> {
  const { problems, unfinished } = await servers.diagnose(paths, { signal, timeoutMs: 60_000 });
  expect(unfinished).toEqual([]);
  return problems.map(({ path, line, code }) => `${path}:${line} ${code}`);
}

const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, noEmit: true, module: 'nodenext', allowImportingTsExtensions: true, types: [] },
});

describe.skipIf(!isInstalled('typescript', 'tsc'))('TypeScript 7 as a server', { timeout: 60_000 }, () => {
  test('names what is wrong, follows the disk, finds and renames', async () => {
    await using code = project({
      'tsconfig.json': tsconfig,
      'src/a.ts': "export const emoji = '🎉'; export function hello(n: number): string {\n  return n;\n}\n",
      'src/[b] %20#.ts': "import { hello } from './a.ts';\nhello('x');\n",
    });
    const [a, b] = [code.at('src/a.ts'), code.at('src/[b] %20#.ts')];
    expect(await messages(code.servers, a, b)).toEqual(['src/a.ts:2 TS2322', 'src/[b] %20#.ts:2 TS2345']);
    const spot = { path: b, place: { line: 1, column: 0 } };
    expect(await code.servers.definition(spot, { signal })).toMatchObject([{ path: 'src/a.ts', line: 1, column: 44 }]);
    expect(await code.servers.references(spot, { signal })).toHaveLength(3);
    const worktree = await openWorktree(code.root);
    const changes = await code.servers.rename(spot, 'greet', { signal, worktree });
    const patch = await worktree.change(changes);
    expect(patch.files.map(({ path }) => path)).toEqual(['src/[b] %20#.ts', 'src/a.ts']);
    expect((await worktree.read('src/a.ts')).bytes.toString()).toContain('export function greet(n: number)');
    expect((await worktree.read('src/[b] %20#.ts')).bytes.toString()).toBe(
      "import { greet } from './a.ts';\ngreet('x');\n",
    );
    expect(await messages(code.servers, a, b)).toEqual(['src/a.ts:2 TS2322', 'src/[b] %20#.ts:2 TS2345']);
    code.write('src/a.ts', 'export function greet(n: string): string {\n  return n;\n}\n');
    expect(await messages(code.servers, a, b)).toEqual([]);
    code.write('tsconfig.json', tsconfig.replace('"strict":true', '"strict":true,"noUnusedLocals":true'));
    code.write('src/c.ts', 'const unused = 1;\nexport {};\n');
    expect(await messages(code.servers, code.at('src/c.ts'))).toEqual(['src/c.ts:1 TS6133']);
    worktree.close();
  });

  test('tells an agent what its edit broke in another file', async () => {
    await using code = project({
      'tsconfig.json': tsconfig,
      'a.ts': 'export function hello(n: number): string {\n  return String(n);\n}\n',
      'b.ts': "import { hello } from './a.ts';\nhello(1);\n",
    });
    const worktree = await openWorktree(code.root);
    const otherwise = { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' } as const;
    const model = scriptedModel([
      { calls: [{ tool: 'edit', input: { path: 'a.ts', old: 'n: number', new: 'n: string' } }] },
      { calls: [{ tool: 'edit', input: { path: 'b.ts', old: 'hello(1)', new: "hello('1')" } }] },
      { text: 'done' },
    ]);
    const hook = diagnosticsAfterEdit(code.servers, {
      mayStart: () => true,
      dependents: async () => [code.at('b.ts')],
      timeoutMs: 30_000,
    });
    const policy = { name: 'free', roots: [code.servers.root], rules: [], otherwise };
    await createAgent({ model, tools: fileTools(worktree), policy, hooks: [hook] }).run('go').result;
    const said = model.requests.at(-1)?.messages.flatMap(({ role, parts }) => (role === 'tool' ? [parts] : []));
    expect(JSON.stringify(said?.[0])).toContain("b.ts:2:7 error Argument of type 'number'");
    expect(said?.[1]).toHaveLength(1);
    worktree.close();
  });

  test('sees a package that is installed while it runs', async () => {
    await using code = project({
      'tsconfig.json': tsconfig,
      'package.json': '{}',
      'a.ts': "import { x } from 'left';\nx();\n",
    });
    expect(await messages(code.servers, code.at('a.ts'))).toEqual(['a.ts:1 TS2307']);
    code.write('node_modules/left/package.json', '{"name":"left","version":"1.0.0","types":"index.d.ts"}');
    code.write('node_modules/left/index.d.ts', 'export function x(): void;\n');
    code.write('node_modules/.package-lock.json', '{}');
    expect(await messages(code.servers, code.at('a.ts'))).toEqual([]);
  });

  test('is found in what the project installed, before the one in PATH', async () => {
    await using code = project({ 'package.json': '{}', 'a.js': 'export const a = 1;\n' });
    mkdirSync(code.at('node_modules/.bin'), { recursive: true });
    symlinkSync(join(ours, '../typescript'), code.at('node_modules/typescript'));
    symlinkSync('../typescript/bin/tsc', code.at('node_modules/.bin/tsc'));
    expect(code.servers.status()[0]).toMatchObject({ command: 'tsc --lsp --stdio', from: 'repository' });
    expect(await messages(code.servers, code.at('a.js'))).toEqual([]);
  });
});

describe.skipIf(!isInstalled('python', 'pyright-langserver'))(
  'pyright as a server (npm install --global pyright)',
  { timeout: 60_000 },
  () => {
    test('names what is wrong, follows the disk, renames', async () => {
      await using code = project({
        'pyproject.toml': '',
        'a.py': 'def hello(n: int) -> str:\n    return n\n',
        'b.py': 'from a import hello\n\nhello("x")\n',
      });
      const [a, b] = [code.at('a.py'), code.at('b.py')];
      expect(await messages(code.servers, a, b)).toEqual(['a.py:2 reportReturnType', 'b.py:3 reportArgumentType']);
      const worktree = await openWorktree(code.root);
      const spot = { path: a, place: { line: 0, column: 4 } };
      const changes = await code.servers.rename(spot, 'greet', { signal, worktree });
      expect((await worktree.change(changes)).files).toHaveLength(2);
      expect(await messages(code.servers, a, b)).toEqual(['a.py:2 reportReturnType', 'b.py:3 reportArgumentType']);
      code.write('a.py', 'def greet(n: str) -> str:\n    return n\n');
      expect(await messages(code.servers, a, b)).toEqual([]);
      worktree.close();
    });
  },
);
