import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, Tool, ToolContext } from '@capstan/sdk/contract';
import { toolSuite } from '@capstan/sdk/testing';
import { nestjsTs } from '../context/__fixtures__/nestjs-ts.ts';
import { scratchRepository, type ScratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { codeTools } from './code-tools.ts';

let repository: ScratchRepository;
let tools: ReadonlyMap<string, Tool>;

beforeAll(() => {
  repository = scratchRepository(nestjsTs);
  tools = new Map(codeTools(repository.root).map((tool) => [tool.name, tool]));
});
afterAll(() => repository[Symbol.dispose]());

const context: ToolContext = {
  signal: new AbortController().signal,
  callId: 'call',
  runId: 'run',
  sessionId: 'session',
  progress: () => {},
  patched: () => {},
};

async function call(name: string, input: object, from = tools): Promise<string> {
  const tool = from.get(name);
  if (!tool) throw new Error(`no tool ${name}`);
  return String(await tool.execute(input, context));
}

test('find_symbol gives place and head', async () => {
  expect(await call('find_symbol', { name: 'UsersService' })).toBe(
    'src/users/users.service.ts:6  class  export class UsersService extends Repository<User>',
  );
  expect(await call('find_symbol', { name: 'find by name' })).toContain('findByName');
  expect(await call('find_symbol', { name: 'UsersService.roleOf' })).toContain('users.service.ts:14  method');
  expect(await call('find_symbol', { name: 'zebra' })).toMatch(/^No symbol/);
});

test('find_references tells sure uses from those that share the name', async () => {
  const sure = await call('find_references', { symbol: 'UsersService' });
  expect(sure).toContain('src/app.module.ts');
  expect(sure).toContain('7 sure, 0 by name only');
  const members = await call('find_references', { symbol: 'UsersService.findByName' });
  expect(members).toMatch(/\? 10 {2}call {2}return this\.users\.findByName\(name\);/);
  await expect(call('find_references', { symbol: 'zebra' })).rejects.toMatchObject({ code: 'not_found' });
});

test('outline shows a file or a folder', async () => {
  const file = await call('outline', { path: 'src/users/users.service.ts' });
  expect(file).toContain('   14    roleOf(user: User): Role');
  expect(file).toContain('imports: src/storage/repository.ts, src/users/user.ts');
  expect(file).toContain('imported by: src/users/index.ts');
  expect(await call('outline', { path: 'src/users' })).toContain('src/users/user.ts: User, Role');
  await expect(call('outline', { path: 'nowhere.ts' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(call('outline', { path: '../outside.ts' })).rejects.toMatchObject({ code: 'path_outside' });
});

test('related_tests, search_code and repo_map find their way', async () => {
  expect(await call('related_tests', { path: 'src/users/users.service.ts' })).toMatch(
    /^test\/users\.service\.spec\.ts/,
  );
  const found = await call('search_code', { query: 'role of the first user' });
  expect(found.split('\n')[0]).toContain('src/users/users.service.ts');
  const map = await call('repo_map', { tokens: 400 });
  expect(map).toContain('src/users/user.ts');
  expect(map.length).toBeLessThan(400 * 4);
});

test('a masked file is shown by no tool', async () => {
  const masked = new Map(
    codeTools(repository.root, { mask: (path) => !path.startsWith('src/users/') }).map((tool) => [tool.name, tool]),
  );
  const texts = await Promise.all([
    call('find_symbol', { name: 'UsersService' }, masked),
    call('search_code', { query: 'users service', limit: 50 }, masked),
    call('repo_map', {}, masked),
    call('outline', { path: 'src' }, masked),
  ]);
  for (const text of texts) expect(text).not.toContain('src/users/');
  await expect(call('outline', { path: 'src/users/user.ts' }, masked)).rejects.toMatchObject({ code: 'not_found' });
});

test('what was written since the last call is known at the next', async () => {
  repository.write('src/late.ts', 'export function cameLate() {}\n');
  expect(await call('find_symbol', { name: 'cameLate' })).toContain('src/late.ts:1');
  repository.remove('src/late.ts');
  expect(await call('find_symbol', { name: 'cameLate' })).toMatch(/^No symbol/);
});

const suites: readonly (readonly [name: string, good: Json, bad: readonly Json[]])[] = [
  ['search_code', { query: 'user' }, [{}, { query: '' }, { query: 'x', limit: 0 }]],
  ['find_symbol', { name: 'User' }, [{}, { name: 'User', kind: 'thing' }]],
  ['find_references', { symbol: 'User' }, [{}, { symbol: 'User', limit: 1.5 }]],
  ['outline', { path: 'src' }, [{}, { path: 1 }]],
  ['related_tests', { path: 'src/main.ts' }, [{}]],
  ['repo_map', {}, [{ tokens: 1 }, { focus: 'a' }]],
];

describe.each(suites)('%s', (name, good, bad) => {
  async function open() {
    const scratch = scratchRepository(nestjsTs);
    const tool = codeTools(scratch.root).find((one) => one.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    return { tool, close: async () => scratch[Symbol.dispose]() };
  }
  test.each(toolSuite({ open, good, bad }))('$name', ({ run }) => run());
});
