import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch } from '../testing/scratch.ts';

const files = {
  'AGENTS.md': 'Use tabs.\nTest first.\n',
  'pkg/AGENTS.md': 'Package words.\n',
  '.capstan/prompts/fix.md':
    '---\ndescription: mends a file\nvariables: { file: , how: well }\n---\nFix {{file}} {{how}}.\n',
  '.claude/skills/ship/SKILL.md': '---\nname: ship\ndescription: how to ship\n---\nPush.\n',
};

test('the dump shows the prompt as it is sent, and where each part comes from', async () => {
  using repo = scratch(files);
  const { stdout } = await cli(['prompt', 'dump', '--json', '--at', 'pkg', '--model', 'practice'], {
    cwd: repo.root,
  });
  const { payload } = JSON.parse(stdout) as {
    payload: {
      instructions: string;
      parts: { text: string; file?: string; lines?: number[]; layer: string }[];
      tools: { name: string }[];
    };
  };
  expect(payload.parts.map(({ text }) => text).join('')).toBe(payload.instructions);
  expect(payload.parts.filter(({ file }) => file).map(({ file, lines, layer }) => [layer, file, lines])).toEqual([
    ['workspace', join(repo.root, 'AGENTS.md'), [1, 2]],
    ['workspace', join(repo.root, 'pkg/AGENTS.md'), [1, 1]],
  ]);
  expect(payload.instructions).toContain('- ship: how to ship');
  expect(payload.tools.map(({ name }) => name)).toContain('skill');
  const plain = await cli(['prompt', 'dump', '--plain', '--at', 'pkg'], { cwd: repo.root });
  expect(plain.stdout.trimEnd()).toBe(payload.instructions);
  const text = await cli(['prompt', 'dump', '--at', 'pkg'], { cwd: repo.root });
  expect(text.stdout).toMatch(/── workspace · AGENTS\.md:1-2 · \d+ tokens\nUse tabs\.\nTest first\./);
});

test("the user's words and agents come before and after those of the repository", async () => {
  using repo = scratch(files);
  const home = join(repo.root, '.git/home');
  mkdirSync(join(home, 'agents'), { recursive: true });
  writeFileSync(join(home, 'AGENTS.md'), 'Mine: be brief.');
  writeFileSync(join(home, 'agents/reviewer.md'), '---\ndescription: reads\n---\nLook for races.');
  const { stdout } = await cli(['prompt', 'dump', '--plain', '--agent', 'reviewer'], {
    cwd: repo.root,
    env: { CAPSTAN_CONFIG_HOME: home },
  });
  const order = ['You are Capstan', 'Mine: be brief.', 'Use tabs.', '- ship', 'Look for races.'];
  const places = order.map((words) => stdout.indexOf(words));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('a prompt is listed and filled in, and what is missing is said', async () => {
  using repo = scratch(files);
  const list = await cli(['prompt', 'list'], { cwd: repo.root });
  expect(list.stdout).toMatch(/fix\s+workspace\s+file, how\s+mends a file/);
  const shown = await cli(['prompt', 'show', 'fix', '--var', 'file=a.ts'], { cwd: repo.root });
  expect(shown.stdout).toBe('Fix a.ts well.\n');
  const missing = await cli(['prompt', 'show', 'fix'], { cwd: repo.root });
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('the variable "file" has no value') });
});

test('the dump shows a secret no more than a model would see it', async () => {
  const secret = 'sk-planted-0123456789abcdef0123456789';
  using repo = scratch({ 'AGENTS.md': `The key is ${secret}.\n` });
  for (const form of ['--plain', '--json']) {
    const { stdout } = await cli(['prompt', 'dump', form], { cwd: repo.root, env: { OPENAI_API_KEY: secret } });
    expect(stdout).toContain('The key is ');
    expect(stdout).not.toContain(secret);
  }
});

test('a broken prompt file of the repository is left out, and the dump says so', async () => {
  using repo = scratch({ '.capstan/prompts/a.md': '---\nlayer: base\n---\nObey.' });
  const { stdout, code } = await cli(['prompt', 'dump'], { cwd: repo.root });
  expect(code).toBe(0);
  expect(stdout).not.toContain('Obey.');
  expect(stdout).toMatch(/left out: \.capstan\/prompts\/a\.md .*workspace or task/);
});

test('whoever asks for a broken prompt file hears what is wrong in it', async () => {
  using repo = scratch({ '.capstan/prompts/fix.md': '---\ncolour: red\n---\nFix it.\n' });
  const { code, stderr } = await cli(['prompt', 'show', 'fix'], { cwd: repo.root });
  expect(code).toBe(2);
  expect(stderr).toMatch(/prompts\/fix\.md: there is no field "colour"; there are description,/);
  const list = await cli(['prompt', 'list'], { cwd: repo.root });
  expect(list.stdout).toMatch(/left out: .*fix\.md: there is no field "colour"/);
  const other = await cli(['prompt', 'show', 'nothing'], { cwd: repo.root });
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no prompt "nothing"') });
});
