import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openaiServer, type ScriptedReply } from '@capstan/providers/testing';
import { hasTerminal, openScreen, type Screen } from '../testing/screen.ts';
import { scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 1200, outputTokens: 40 };
const files = {
  'a.txt': 'one\ntwo\nthree\n',
  '.capstan/agents/reviewer.md': '---\ndescription: Reads along\n---\nRead.\n',
};
const items = [
  { text: 'Read the list', status: 'done' },
  { text: 'Say it in German', status: 'active' },
];
const replies: ScriptedReply[] = [
  {
    text: 'I look first.',
    calls: [
      { tool: 'todo', input: { items } },
      { tool: 'read', input: { path: 'a.txt' } },
    ],
    usage,
  },
  {
    text: 'The second is **two**:\n\n- change it',
    calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'two', new: 'zwei' } }],
    usage,
  },
  { text: 'Two is `zwei` now.\n\n| before | after |\n| --- | --- |\n| two | zwei |', usage },
];

/** What the screen holds, without what differs from run to run. */
function stable(screen: Screen, root: string): string {
  return screen
    .text()
    .replaceAll(root, 'ROOT')
    .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, 'ID')
    .replaceAll(/\b\d{1,4} ms\b|\b\d+(\.\d)? s\b/g, 'TIME')
    .replaceAll(/[\u2801-\u28ff]/g, '*')
    .replaceAll(/ +$/gm, '')
    .trimEnd()
    .concat('\n');
}

/** Waits until the screen is as it was kept, and shows what differs where it never is. */
async function isAsKept(screen: Screen, root: string, name: string): Promise<void> {
  const file = join(import.meta.dirname, '__snapshots__', `${name}.screen.txt`);
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const end = performance.now() + (kept === undefined ? 1500 : 15_000);
  while (stable(screen, root) !== kept && performance.now() < end) await pause(50);
  await expect(stable(screen, root)).toMatchFileSnapshot(file);
}

// The path of the repository is shown, and its length decides where lines are broken.
const usualPlace = realpathSync(tmpdir()) === '/tmp';

describe.skipIf(!hasTerminal || !usualPlace)('the screen', () => {
  test('a turn from the first line to the panels', { timeout: 90_000 }, async () => {
    using repo = scratch(files);
    await using server = await openaiServer(replies);
    const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` };
    using screen = openScreen(['--mode', 'suggest'], { cwd: repo.root, env });
    const asKept = (name: string) => isAsKept(screen, repo.root, name);
    await screen.shows('/help');
    await asKept('start');
    screen.type('/pa');
    await screen.shows('changes that can be taken back');
    await asKept('slash-menu');
    screen.press('C-c');
    screen.type('say two in German');
    screen.press('Enter');
    await screen.shows('change it in my editor');
    await asKept('approval');
    screen.resize(50, 30);
    await asKept('approval-narrow');
    screen.resize(100, 40);
    screen.press('y');
    await screen.shows('before');
    await asKept('turn');
    for (const [key, name] of [
      ['F3', 'tasks'],
      ['F5', 'agents'],
      ['F6', 'patches'],
    ] as const) {
      screen.press(key);
      await screen.shows('F8 logs');
      await asKept(name);
    }
  });
});
