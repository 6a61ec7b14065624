import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openaiServer, type LoopbackServer } from '@capstan/providers/testing';
import { expect, test } from 'vitest';
import { readPlanText } from '../study/plan-text.ts';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 10, outputTokens: 5 };
const files = {
  'package.json': '{"name":"x","type":"module","scripts":{"test":"node --test"}}\n',
  'src/retry.ts': 'export async function retry(send: () => Promise<Response>) {\n  return send();\n}\n',
  'src/client.ts': "import { retry } from './retry.ts';\n\nexport const get = () => retry(() => fetch('/'));\n",
  'src/retry.test.ts': "import { retry } from './retry.ts';\n\nretry(async () => new Response());\n",
  '.env.production': 'KEY=1\n',
};
const work = {
  title: 'Retry what times out',
  summary: 'A loop around send.',
  steps: [
    { text: 'Count the attempts', detail: 'In retry().', files: ['src/retry.ts'] },
    { text: 'Test it', detail: 'Twice failed, then right.', files: ['src/retry.test.ts', 'src/backoff.ts'] },
  ],
  files: [
    { path: 'src/retry.ts', change: 'modify', why: 'the loop' },
    { path: 'src/backoff.ts', change: 'modify', why: 'the waits' },
  ],
  risks: ['A request that is not idempotent is sent twice.'],
  acceptance: ['`npm test` succeeds.'],
  questions: [],
};

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-planted-0123456789abcdef', OPENAI_BASE_URL: `${server.url}/v1` };
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

test('without a model a plan names the files, their tests and the commands', async () => {
  using repo = scratch(files);
  const { ok, payload } = envelopeOf(await cli(['plan', '--json', 'retry requests that time out'], { cwd: repo.root }));
  expect(ok).toBe(true);
  expect(payload['plan']).toMatchObject({
    model: null,
    files: expect.arrayContaining([expect.objectContaining({ path: 'src/retry.ts', change: 'read' })]) as unknown,
    tests: [{ path: 'src/retry.test.ts' }],
    commands: expect.arrayContaining([{ purpose: 'test', command: 'npm test', cwd: '.' }]) as unknown,
  });
  const { markdown, json } = payload['paths'] as { markdown: string; json: string };
  expect(read(repo.root, markdown)).toContain('- [ ] Read src/retry.ts:1-3');
  expect(JSON.parse(read(repo.root, json))).toEqual(payload['plan']);
  expect(repo.status()).toBe('');
});

test('a model is given what was found, may write nothing, and its plan is kept', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { calls: [{ tool: 'write', input: { path: 'src/retry.ts', content: 'x' } }] },
    { text: JSON.stringify(work), usage },
  ]);
  const ended = await cli(['plan', 'retry requests'], { cwd: repo.root, env: env(server) });
  expect(ended.code).toBe(0);
  const request = JSON.stringify(server.requests[0]?.body);
  expect(request).toContain('src/retry.test.ts');
  expect(request).toContain('return send();');
  expect(repo.status()).toBe('');
  expect(ended.stdout).toContain('# Retry what times out');
  expect(ended.stdout).toContain('- [ ] Count the attempts');
  expect(ended.stdout).toContain('`src/backoff.ts` (create)');
  expect(ended.stdout).toMatch(/follow it: capstan run --plan \w{26}/);
});

test('a model that answers in words is taken at them, and one that says nothing of use fails', async () => {
  using repo = scratch(files);
  const words = '# A way\n\n1. Look.\n2. Change `retry`.\n';
  await using server = await openaiServer(() => ({ text: words, usage }));
  const { payload } = envelopeOf(await cli(['plan', '--json', 'retry'], { cwd: repo.root, env: env(server) }));
  expect(payload['plan']).toMatchObject({ title: 'A way', steps: [{ text: 'Look.' }, { text: 'Change `retry`.' }] });
  await using useless = await openaiServer(() => ({ text: 'Sure!', usage }));
  expect((await cli(['plan', 'retry'], { cwd: repo.root, env: env(useless) })).code).toBe(1);
  expect(readdirSync(join(repo.root, '.capstan/plans'))).toHaveLength(2);
});

test('a dry run asks nobody and keeps nothing', async () => {
  using repo = scratch(files);
  const ended = await cli(['plan', '--dry-run', 'retry requests'], { cwd: repo.root });
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Make a plan for this task') as string });
  expect(() => readdirSync(join(repo.root, '.capstan/plans'))).toThrow();
});

test('a plan is followed: its steps are the to-dos of the session, its words are in the task', async () => {
  using repo = scratch(files);
  await using server = await openaiServer([
    { text: JSON.stringify(work), usage },
    { calls: [{ tool: 'edit', input: { path: 'src/retry.ts', old: 'return send()', new: 'return await send()' } }] },
    {
      calls: [
        {
          tool: 'todo',
          input: {
            items: [
              { text: 'Count the attempts', status: 'done' },
              { text: 'Test it', status: 'open' },
            ],
          },
        },
      ],
    },
    { text: 'One step is done.', usage },
  ]);
  const options = { cwd: repo.root, env: env(server) };
  const { payload } = envelopeOf(await cli(['plan', '--json', 'retry requests'], options));
  const { id } = payload['plan'] as { id: string };
  const followed = envelopeOf(await cli(['run', '--json', '--plan', id, 'only the first step'], options));
  expect(followed.payload['plan']).toMatchObject({
    id,
    steps: [
      { text: 'Count the attempts', status: 'done' },
      { text: 'Test it', status: 'open' },
    ],
  });
  const request = JSON.stringify(server.requests[1]?.body);
  expect(request).toContain('Carry out this plan: Retry what times out');
  expect(request).toContain('Beside the plan: only the first step');
  expect(request).toContain('A request that is not idempotent is sent twice.');
  expect(request).toContain('call_plan_');
  expect(read(repo.root, 'src/retry.ts')).toContain('await send()');
  const sessionId = followed.meta['sessionId'] as string;
  expect((await cli(['sessions', 'show', sessionId], options)).stdout).toContain('Test it');
});

test('a plan of one’s own in Markdown is followed as it stands, and a wrong name is told', async () => {
  using repo = scratch({ ...files, 'docs/plan.md': '# Mine\n\n## Tasks\n\n- [x] First\n- [ ] Second\n  - a detail\n' });
  await using server = await openaiServer(() => ({ text: 'I looked.', usage }));
  const options = { cwd: repo.root, env: env(server) };
  const { payload } = envelopeOf(await cli(['run', '--json', '--plan', 'docs/plan.md'], options));
  expect(payload['plan']).toEqual({
    path: 'docs/plan.md',
    title: 'Mine',
    steps: [
      { text: 'First', status: 'done' },
      { text: 'Second', status: 'open' },
    ],
  });
  const missing = await cli(['run', '--plan', 'nothing'], options);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no plan nothing') as string });
  writeFileSync(join(repo.root, 'bad.json'), '{"steps": 1}');
  const bad = await cli(['run', '--plan', 'bad.json'], options);
  expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('bad.json is no plan') as string });
  const dry = await cli(['run', '--plan', 'docs/plan.md', '--dry-run'], options);
  expect(dry.stdout).toContain('Carry out this plan: Mine');
});

test.each([
  ['# A\n\n## Steps\n\n1. One\n2. Two\n\n## Risks\n\n1. Three\n', ['One', 'Two']],
  ['## Implementation\n- [ ] One\n- [x] Two\n- no box\n', ['One', 'Two']],
  ['Do this:\n1) One\n   - inner\n2) **Two**\n', ['One', 'Two']],
  ['## Plan\n\n### Part\n\n- One\n', ['One']],
  ['Only words.\n', []],
])('steps are read from %j', (text, steps) => {
  expect(readPlanText(text).steps.map((step) => step.text)).toEqual(steps);
});
