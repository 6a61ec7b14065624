import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decide, type Effect } from '@capstan/policy';
import type { Run } from '@capstan/sdk/contract';
import type { Cli } from '../frame/cli.ts';
import { openLivePolicy } from './live-policy.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'capstan-live-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const user = () => join(folder, 'config', 'policy.json');
const project = () => join(folder, 'repo', '.capstan', 'policy.json');

/** Opens the live policy of a folder; gives the words it told. */
async function open() {
  const root = join(folder, 'repo');
  mkdirSync(join(root, '.capstan'), { recursive: true });
  mkdirSync(join(folder, 'config'), { recursive: true });
  const io = { env: { HOME: folder, CAPSTAN_CONFIG_HOME: join(folder, 'config') } };
  const told: string[] = [];
  const live = await openLivePolicy({ io } as unknown as Cli, {
    root,
    mode: 'auto-edit',
    tell: (words) => told.push(words),
  });
  const verdict = (effect: Effect) => decide(live.current(), { effects: [effect] }).verdict;
  return { root, live, told, verdict };
}

const denies = '{ "rules": [{ "id": "no", "match": { "effect": "write", "paths": ["src"] }, "verdict": "deny" }] }';

test('a rule that is tightened holds at the next decision', async () => {
  const { root, told, verdict } = await open();
  const write: Effect = { kind: 'write', path: join(root, 'src/a.ts') };
  expect(verdict(write)).toBe('allow');
  writeFileSync(project(), denies);
  expect(verdict(write)).toBe('deny');
  expect(told).toEqual([expect.stringContaining('have changed')]);
});

test('a broken file leaves the last good rules in force, and that is said once', async () => {
  const { root, told, verdict } = await open();
  const write: Effect = { kind: 'write', path: join(root, 'src/a.ts') };
  writeFileSync(project(), denies);
  expect(verdict(write)).toBe('deny');
  writeFileSync(project(), '{ "rules": [');
  expect([verdict(write), verdict(write)]).toEqual(['deny', 'deny']);
  expect(told.slice(1)).toEqual([expect.stringMatching(/policy\.json:1:\d+ .* The rules from before go on to hold\./)]);
});

test("a repository's file that is changed under way loosens nothing", async () => {
  const { root, verdict } = await open();
  const start: Effect = { kind: 'run', command: 'npm start', cwd: root };
  writeFileSync(
    project(),
    '{ "mode": "full-auto", "hosts": ["*"], "rules": [{ "id": "a", "match": { "effect": "any" }, "verdict": "allow", "standing": true }] }',
  );
  expect(verdict(start)).toBe('ask');
});

test("what is allowed for always is in the user's file, with its comments, and is not asked again", async () => {
  const { root, live, verdict } = await open();
  const install: Effect = { kind: 'run', command: 'npm install', cwd: root };
  writeFileSync(user(), '{\n  // mine\n  "rules": []\n}\n');
  const listeners: ((event: object) => void)[] = [];
  live.follow({
    on: (_: string, listener: (event: object) => void) => void listeners.push(listener),
  } as unknown as Run);
  for (const tell of listeners) tell({ type: 'tool.decided', callId: 'c1', effects: [install] });
  expect(verdict(install)).toBe('ask');
  const offer = live.always('c1', 'ann');
  expect(offer?.pattern).toBe(`exactly \`npm install\` in ${root}`);
  offer?.keep();
  expect(verdict(install)).toBe('allow');
  expect(verdict({ ...install, command: 'npm install x' })).toBe('ask');
  expect(readFileSync(user(), 'utf8')).toContain('// mine');
  expect(live.always('unknown', 'ann')).toBeUndefined();
});

test('nothing is added to a file with a mistake', async () => {
  const { root, live } = await open();
  const listeners: ((event: object) => void)[] = [];
  live.follow({
    on: (_: string, listener: (event: object) => void) => void listeners.push(listener),
  } as unknown as Run);
  for (const tell of listeners) tell({ callId: 'c1', effects: [{ kind: 'run', command: 'npm install', cwd: root }] });
  const offer = live.always('c1', 'ann');
  writeFileSync(user(), '{ "rules": 1 }');
  expect(() => offer?.keep()).toThrow(/has a mistake/);
  expect(readFileSync(user(), 'utf8')).toBe('{ "rules": 1 }');
});
