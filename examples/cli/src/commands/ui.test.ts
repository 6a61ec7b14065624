import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openaiServer, type LoopbackServer, type ScriptedReply } from '@capstan/providers/testing';
import { hasTerminal, openScreen } from '../testing/screen.ts';
import { cli, scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 100, outputTokens: 10 };
const edit: ScriptedReply = { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'two', new: 'zwei' } }] };

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` };
}

describe.skipIf(!hasTerminal)('the terminal UI', () => {
  test('a task is talked through: text, approval with the diff, patch; and taken back and done again', async () => {
    using repo = scratch({ 'a.txt': 'one\ntwo\n' });
    await using server = await openaiServer([
      { text: '# Plan\n\nI will **change** it.', ...edit },
      { text: 'Two is zwei now.', usage },
    ]);
    using screen = openScreen(['--mode', 'suggest'], { cwd: repo.root, env: env(server) });
    await screen.shows('openai/gpt-6.1-sol · suggest');
    screen.type('say two in German');
    screen.press('Enter');
    const asked = await screen.shows('y  yes');
    expect(asked).toContain('> say two in German');
    expect(asked).toContain('Plan\n\nI will change it.');
    expect(asked).toMatch(/edit asks first: .*\n.*\n {2}--- a\/a\.txt\n(?:.*\n){4} {2}\+zwei/);
    screen.type('y');
    const done = await screen.shows('Two is zwei now.');
    expect(done).toContain('│ approved by tester');
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\nzwei\n');
    screen.type('/undo');
    screen.press('Enter');
    await screen.shows('Taken back: a.txt');
    expect(repo.status()).toBe('');
    screen.type('/redo');
    screen.press('Enter');
    await screen.shows('Done again: a.txt');
    expect(repo.status()).toBe(' M a.txt\n');
    screen.press('C-c', 'C-c');
    await screen.shows('left with 0');
  });

  test('a denial with a reason reaches the model', async () => {
    using repo = scratch({ 'a.txt': 'one\ntwo\n' });
    await using server = await openaiServer([edit, { text: 'As you like.', usage }]);
    using screen = openScreen(['--mode', 'suggest', 'change the file'], { cwd: repo.root, env: env(server) });
    await screen.shows('y  yes');
    screen.type('r');
    await screen.shows('Why not?');
    screen.type('use French');
    screen.press('Enter');
    await screen.shows('As you like.');
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('use French');
    expect(repo.status()).toBe('');
  });

  test('a question of the model is answered by choice or in words', async () => {
    using repo = scratch();
    const ask = (question: string) => ({
      tool: 'ask_user',
      input: { question, options: [{ label: 'tabs' }, { label: 'spaces' }] },
    });
    await using server = await openaiServer([
      { calls: [ask('Which blanks?')] },
      { calls: [ask('Really?')] },
      { text: 'Noted.', usage },
    ]);
    using screen = openScreen(['format the code'], { cwd: repo.root, env: env(server) });
    await screen.shows(/Which blanks\?\n→ tabs\n {2}spaces\n {2}something else/);
    screen.press('Down', 'Enter');
    await screen.shows(/Really\?\n→ tabs/);
    screen.press('Up', 'Enter');
    screen.type('ask me tomorrow');
    await screen.shows('> ask me tomorrow');
    screen.press('Enter');
    await screen.shows('Noted.');
    const said = JSON.stringify(server.requests.at(-1)?.body);
    expect(said).toContain('The user answers: spaces');
    expect(said).toContain('The user answers: ask me tomorrow');
  });

  test('Esc stops what is under way, keeps what was done, and the talk goes on', async () => {
    using repo = scratch({ 'a.txt': 'one\ntwo\n' });
    await using server = await openaiServer([
      { text: 'A long story. '.repeat(40), fault: { kind: 'hang' } },
      { text: 'Short now.', usage },
    ]);
    using screen = openScreen(['tell me a story'], { cwd: repo.root, env: env(server) });
    await screen.shows('A long story.');
    await screen.shows('Esc stops');
    screen.press('Escape');
    await screen.shows('Stopped. What was done so far is kept');
    screen.type('shorter');
    screen.press('Enter');
    await screen.shows('Short now.');
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('A long');
  });

  test('a session is picked up where it was left, with what was typed before', async () => {
    using repo = scratch({ 'a.txt': 'one\n' });
    await using server = await openaiServer([{ text: 'The word is heron.', usage }]);
    const options = { cwd: repo.root, env: env(server) };
    {
      using screen = openScreen([], options);
      await screen.shows('/help');
      screen.type('remember a word');
      screen.press('Enter');
      await screen.shows('The word is heron.');
      screen.press('C-d');
      await screen.shows('left with 0');
    }
    using screen = openScreen(['-c'], options);
    await screen.shows('The word is heron.');
    screen.press('Up');
    await screen.shows(/─\nremember a word/);
  });

  test('commands complete, modes change by key, and mistakes are lines', async () => {
    using repo = scratch({ 'a.txt': 'one\n', 'deep/notes.md': '' });
    using screen = openScreen([], { cwd: repo.root });
    await screen.shows('capstan/practice · auto-edit');
    screen.type('/pat');
    await screen.shows('changes that can be taken back');
    screen.press('C-c');
    screen.type('look at @otes');
    await screen.shows('deep/notes.md');
    screen.press('Tab');
    await screen.shows('look at @deep/notes.md');
    screen.press('C-c');
    screen.press('BTab');
    await screen.shows('capstan/practice · full-auto');
    screen.type('/nonsense');
    screen.press('Enter');
    await screen.shows('There is no command /nonsense.');
    screen.type('!echo from my shell');
    screen.press('Enter');
    await screen.shows(/\$ echo from my shell\n\nfrom my shell/);
    screen.type('/help');
    screen.press('Enter');
    await screen.shows('Shift-Tab   next mode');
  });

  test('a narrow window and a wide one show the same words', async () => {
    using repo = scratch({ 'a.txt': 'one\ntwo\n' });
    const long = 'This sentence is long enough to be wrapped at sixty columns, and it ends with the word walrus.';
    await using server = await openaiServer([{ text: long, usage }]);
    using screen = openScreen(['hello there'], { cwd: repo.root, env: env(server) });
    await screen.shows(long);
    screen.resize(60, 30);
    const narrow = await screen.shows(/ends with the\s*\n?\s*word walrus/);
    expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    screen.resize(120, 40);
    await screen.shows(long);
  });

  test('without a terminal it says what to do instead', async () => {
    using repo = scratch();
    const ended = await cli(['ui'], { cwd: repo.root });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('needs a terminal');
  });
});
