import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openaiServer } from '@capstan/providers/testing';
import { cli, scratch } from '../testing/scratch.ts';

/** Puts a plug-in where npm would, which leaves a mark when its code runs. */
function install(folder: string, version: string): string {
  const mark = join(folder, 'ran');
  const home = join(folder, 'node_modules/capstan-plugin-moon');
  mkdirSync(home, { recursive: true });
  const plugin = { provides: ['tools', 'hooks', 'rules'], needs: { network: ['moon.example'], env: ['MOON'] } };
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: 'capstan-plugin-moon', version, type: 'module', license: 'MIT', capstan: { plugin } }),
  );
  writeFileSync(
    join(home, 'index.js'),
    `import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(mark)}, '');
    export const plugin = ({ env }) => ({
      tools: [{ name: 'moon', description: 'Tells the phase of the moon.', input: { type: 'object' }, effects: () => [], execute: () => 'full over ' + env.MOON }],
      hooks: [{ name: 'loud', afterTool: (result) => ({ ...result, parts: [{ type: 'text', text: result.parts[0].text.toUpperCase() }] }) }],
      rules: [{ id: 'moon.dark', match: { effect: 'read', paths: ['**/dark.txt'] }, verdict: 'deny', reason: 'The dark side.' }],
    });`,
  );
  return mark;
}

test('a plug-in is shown without running it, trusted in one version, and works in a run', async () => {
  using repo = scratch({ 'dark.txt': 'x\n' });
  const folder = join(repo.root, 'home');
  const mark = install(folder, '1.0.0');
  await using server = await openaiServer((request) => {
    const said = JSON.stringify(request.body);
    if (said.includes('FULL OVER ROME')) return { text: 'It is full.' };
    return {
      calls: [
        { tool: 'moon', input: {} },
        { tool: 'read', input: { path: 'dark.txt' } },
      ],
    };
  });
  const env = {
    CAPSTAN_CONFIG_HOME: folder,
    MOON: 'Rome',
    OPENAI_API_KEY: 'key-of-the-test',
    OPENAI_BASE_URL: `${server.url}/v1`,
  };
  const here = { cwd: repo.root, env };
  const shown = await cli(['plugin', 'show', 'capstan-plugin-moon'], here);
  expect(shown.stdout).toMatch(
    /1\.0\.0[\s\S]*gives\s+tools, hooks, rules[\s\S]*needs network\s+moon\.example[\s\S]*needs env\s+MOON/,
  );
  expect(shown.stdout).toMatch(/trusted\s+no/);
  await cli(['plugin', 'trust', 'capstan-plugin-moon', '--dry-run'], here);
  expect(existsSync(join(folder, 'config.json'))).toBe(false);

  // A repository cannot bring one along.
  mkdirSync(join(repo.root, '.capstan'), { recursive: true });
  writeFileSync(join(repo.root, '.capstan/config.json'), '{"plugins":{"capstan-plugin-moon":"1.0.0"}}');
  expect((await cli(['plugin', 'list'], here)).stdout).toContain('No plug-in is trusted');
  const run = ['run', 'How is the moon?', '--model', 'openai/gpt-5'];
  await cli([...run, '--turns', '1'], here);
  expect(existsSync(mark)).toBe(false);

  expect((await cli(['plugin', 'trust', 'capstan-plugin-moon'], here)).code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toEqual({
    plugins: { 'capstan-plugin-moon': '1.0.0' },
  });
  const done = await cli(run, here);
  expect(done.stdout).toContain('It is full.');
  expect(existsSync(mark)).toBe(true);
  expect(JSON.stringify(server.requests.at(-1)?.body)).toMatch(/dark side/i);

  install(folder, '1.0.1');
  const changed = await cli(run, here);
  expect(changed.code).not.toBe(0);
  expect(changed.stderr).toContain('not trusted');
  expect((await cli(['plugin', 'show', 'capstan-plugin-moon'], here)).stdout).toContain('no: you trust 1.0.0');
  await cli(['plugin', 'forget', 'capstan-plugin-moon'], here);
  expect((await cli(['plugin', 'list'], here)).stdout).toContain('No plug-in is trusted');
});

test('a vendor of a plug-in answers, and takes nobody’s place', async () => {
  using repo = scratch();
  const folder = join(repo.root, 'home');
  const home = join(folder, 'node_modules/capstan-plugin-echo');
  mkdirSync(home, { recursive: true });
  const capstan = { plugin: { provides: ['providers'] } };
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: 'capstan-plugin-echo', version: '1.0.0', type: 'module', capstan }),
  );
  writeFileSync(
    join(home, 'index.js'),
    `const usage = { inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 };
    const make = (vendor) => (name) => ({ id: vendor + '/' + name, info: { tools: true }, async *stream() {
      const text = 'Echo of ' + name + '.';
      yield { type: 'message', message: { role: 'assistant', parts: [{ type: 'text', text }] }, usage, stopReason: 'stop' };
    } });
    export const plugin = { providers: { echo: make('echo'), openai: make('openai') } };`,
  );
  const here = { cwd: repo.root, env: { CAPSTAN_CONFIG_HOME: folder } };
  const stranger = await cli(['run', '--model', 'echo/loud', 'hello'], here);
  expect(stranger.stderr).toContain('"echo/loud" names no model');
  await cli(['plugin', 'trust', 'capstan-plugin-echo'], here);
  expect((await cli(['run', '--model', 'echo/loud', 'hello', '--quiet'], here)).stdout).toContain('Echo of loud.');
  const own = await cli(['run', '--model', 'openai/loud', 'hello'], here);
  expect(own.stdout + own.stderr).toContain('OPENAI_API_KEY');
});
