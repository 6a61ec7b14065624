import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openaiServer, type LoopbackServer, type ScriptedReply } from '@capstan/providers/testing';
import { hasTerminal, openScreen, type Screen } from '../testing/screen.ts';
import { scratch } from '../testing/scratch.ts';

const usage = { inputTokens: 100, outputTokens: 10 };
const edit: ScriptedReply = { calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'two', new: 'zwei' } }] };
const files = { 'a.txt': 'one\ntwo\n' };

function env(server: LoopbackServer): Record<string, string> {
  return { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` };
}

async function say(screen: Screen, words: string, answer: string | RegExp): Promise<string> {
  screen.type(words);
  screen.press('Enter');
  return screen.shows(answer);
}

function bodies(server: LoopbackServer): string {
  return JSON.stringify(server.requests.at(-1)?.body);
}

describe.skipIf(!hasTerminal)('the terminal UI', () => {
  test('panels open by key over the words, do something with what is chosen, and go away', async () => {
    using repo = scratch({ ...files, 'sum.ts': 'export function sum(a: number) {\n  return a;\n}\n' });
    const items = [
      { text: 'look at it', status: 'done' },
      { text: 'translate it', status: 'active' },
    ];
    await using server = await openaiServer([
      { calls: [{ tool: 'todo', input: { items } }] },
      edit,
      { text: 'Two is zwei now.', usage },
    ]);
    using screen = openScreen(['--mode', 'full-auto'], { cwd: repo.root, env: env(server) });
    await screen.shows('/help');
    await say(screen, 'say two in German', 'Two is zwei now.');
    await screen.shows(/1 of 2 steps done\n {2}▶ translate it/);
    screen.press('F3');
    await screen.shows(/✔ look at it\n {2}▶ translate it/);
    screen.press('F8');
    await screen.shows(/run\.ended +done/);
    screen.press('Up');
    await screen.shows('"type": "turn.ended"');
    screen.press('F6');
    await screen.shows(/→ applied +\+1 -1 {2}a\.txt/);
    await screen.shows('+zwei');
    screen.type('r');
    await screen.shows('→ rolled-back');
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\ntwo\n');
    screen.press('F4');
    await screen.shows(/→ \d+ files?, 1 symbol/);
    screen.press('Down');
    await screen.shows(/1 +function +export function sum/);
    screen.press('F2');
    await screen.shows('→ ./  2 files');
    screen.type('i');
    await screen.shows('@./');
    screen.press('C-c');
    screen.press('F7');
    await screen.shows('No tests ran in this conversation.');
    screen.press('Escape');
    expect(await until(() => !screen.text().includes('F8 logs'))).toBe(true);
    expect(screen.text()).toContain('Two is zwei now.');
  });

  test('words wait for the turn by Tab, and are sent when it has ended', async () => {
    using repo = scratch(files);
    await using server = await openaiServer([
      { calls: [{ tool: 'shell', input: { command: 'until [ -e go ]; do sleep 0.05; done' } }] },
      { text: 'First done.', usage },
      { text: 'Second done.', usage },
    ]);
    using screen = openScreen(['--mode', 'full-auto', 'wait for it'], { cwd: repo.root, env: env(server) });
    await screen.shows('Tab queues');
    screen.type('and then this');
    await screen.shows('and then this');
    screen.press('Tab');
    await screen.shows('1 waiting');
    writeFileSync(join(repo.root, 'go'), '');
    const seen = await screen.shows('Second done.');
    expect(seen).toMatch(/First done\.\n\n> and then this\n\nSecond done\./);
    expect(bodies(server)).toContain('and then this');
  });

  test('two lines sent at once are one turn and a word to it; a long paste is shown by its beginning', async () => {
    using repo = scratch(files);
    await using server = await openaiServer([
      { calls: [{ tool: 'read', input: { path: 'a.txt' } }] },
      { text: 'Both heard.', usage },
    ]);
    using screen = openScreen([], { cwd: repo.root, env: env(server) });
    await screen.shows('/help');
    screen.type('first');
    screen.press('Enter');
    screen.type('second');
    screen.press('Enter');
    const seen = await screen.shows('Both heard.');
    expect(seen).not.toContain('is held by');
    expect(bodies(server)).toMatch(/first.*second/);
    screen.paste(Array.from({ length: 60 }, (_, at) => `pasted ${at}`).join('\n'));
    screen.press('Enter');
    await screen.shows('… 50 more lines');
    expect(bodies(server)).toContain('pasted 59');
  });

  test('what waits when a turn is stopped stands in the input again', async () => {
    using repo = scratch(files);
    await using server = await openaiServer([{ text: 'A long story. '.repeat(20), fault: { kind: 'hang' } }]);
    using screen = openScreen(['tell me a story'], { cwd: repo.root, env: env(server) });
    await screen.shows('A long story.');
    screen.type('a shorter one');
    await screen.shows('a shorter one');
    screen.press('Tab');
    await screen.shows('1 waiting');
    screen.press('Escape');
    await screen.shows(/Stopped\.[\s\S]*─\na shorter one/);
  });

  test('Esc twice goes back to an earlier message: files, words, and the message to be said anew', async () => {
    using repo = scratch(files);
    await using server = await openaiServer([edit, { text: 'Changed.', usage }, { text: 'Second.', usage }]);
    using screen = openScreen(['--mode', 'full-auto'], { cwd: repo.root, env: env(server) });
    await screen.shows('/help');
    await say(screen, 'change the file', 'Changed.');
    await say(screen, 'and now?', 'Second.');
    await screen.shows('/help');
    screen.press('Escape');
    screen.press('Escape');
    await screen.shows(/→ and now\?[\s\S]*change the file +changed 1 file/);
    screen.type('chang');
    await screen.shows(/→ change the file/);
    screen.press('Enter');
    await screen.shows(/─\nchange the file/);
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\ntwo\n');
    expect(screen.text()).not.toContain('Second.');
  });

  test('what was typed before is searched, and one’s own editor writes the message', async () => {
    using repo = scratch({ ...files, 'edit.sh': 'printf "written in my editor" > "$1"\n' });
    await using server = await openaiServer([{ text: 'Heard.', usage }]);
    const options = { cwd: repo.root, env: { ...env(server), EDITOR: `sh ${join(repo.root, 'edit.sh')}` } };
    using screen = openScreen([], options);
    await screen.shows('/help');
    await say(screen, 'the first thing I said', 'Heard.');
    await say(screen, 'the second', /> the second\n\nHeard\./);
    await screen.shows('/help');
    screen.press('C-r');
    await screen.shows('Which of what was typed?');
    screen.type('first');
    await screen.shows(/→ the first thing I said/);
    screen.press('Enter');
    await screen.shows(/─\nthe first thing I said/);
    screen.press('C-g');
    await screen.shows(/─\nwritten in my editor/);
    screen.press('Enter');
    await screen.shows('> written in my editor');
  });

  test('a change is changed in one’s own editor before it is made, and the model is told', async () => {
    using repo = scratch({ ...files, 'edit.sh': 'sed -i s/zwei/deux/ "$1"\n' });
    await using server = await openaiServer([edit, { text: 'Deux it is.', usage }]);
    const options = { cwd: repo.root, env: { ...env(server), EDITOR: `sh ${join(repo.root, 'edit.sh')}` } };
    using screen = openScreen(['--mode', 'suggest', 'change it'], options);
    await screen.shows('e  change it in my editor first');
    screen.type('e');
    await screen.shows('Deux it is.');
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\ndeux\n');
    expect(bodies(server)).toContain('tester changed this diff');
    await say(screen, '/undo', 'Taken back: a.txt');
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\ntwo\n');
  });

  test('what was said is summed up when the person asks for it', async () => {
    using repo = scratch(files);
    const long = { text: `Herons. ${'words '.repeat(60)}`, usage };
    const replies = [long, long, long, long, { text: 'They spoke of herons.', usage }, { text: 'Yes.', usage }];
    await using server = await openaiServer(replies);
    using screen = openScreen([], { cwd: repo.root, env: env(server) });
    await screen.shows('/help');
    for (const words of ['one', 'two', 'three', 'four'])
      await say(screen, words, new RegExp(`> ${words}\\n\\nHerons[\\s\\S]*/help`));
    await say(screen, '/compact', /The conversation was summed up: \d+ tokens became \d+/);
    await say(screen, 'still there?', 'Yes.');
    expect(bodies(server)).toContain('They spoke of herons.');
  });

  test('a Markdown file of one’s own is a command, and completes', async () => {
    using repo = scratch({
      ...files,
      '.capstan/commands/greet.md': '---\ndescription: Greet somebody\nargument-hint: NAME\n---\nSay hello to $1.',
    });
    await using server = await openaiServer([{ text: 'Hello, Ada.', usage }]);
    using screen = openScreen([], { cwd: repo.root, env: env(server) });
    await screen.shows('/help');
    screen.type('/gre');
    await screen.shows('Greet somebody');
    screen.press('C-c');
    await say(screen, '/greet Ada', 'Hello, Ada.');
    expect(bodies(server)).toContain('Say hello to Ada.');
  });

  test('a picture that is dropped goes along', async () => {
    using repo = scratch(files);
    const picture = join(repo.root, 'shot.png');
    writeFileSync(picture, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    await using server = await openaiServer([{ text: 'A button.', usage }]);
    using screen = openScreen([], { cwd: repo.root, env: env(server) });
    await screen.shows('/help');
    screen.paste(picture);
    await screen.shows('[image #1]');
    await say(screen, 'what is it?', 'A button.');
    expect(bodies(server)).toContain('data:image/png;base64,iVBORw0KGgo');
  });

  test('code has colours, wide diffs stand side by side, and a theme is kept', async () => {
    using repo = scratch(files);
    const code = '```ts\nconst answer = 42; // sure\n```\n';
    await using server = await openaiServer([
      { text: code, ...edit },
      { text: 'Done.', usage },
    ]);
    const options = { cwd: repo.root, env: env(server) };
    using screen = openScreen(['--mode', 'full-auto', 'go'], options);
    screen.resize(150, 40);
    await screen.shows('Done.');
    expect(await screen.shows(/two +│ +2 zwei/)).toContain('const answer = 42; // sure');
    expect(screen.coloured()).toMatch(/\u001B\[35mconst/);
    await say(screen, '/theme plain', '/help');
    await screen.shows('/help');
    expect(await until(() => /\u001B\[1mconst/.test(screen.coloured()))).toBe(true);
    const config = join(repo.root, '.capstan/test-home/config.json');
    expect(await until(() => existsSync(config))).toBe(true);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({ theme: 'plain' });
  });

  test('what streams while the window changes is whole when one scrolls back', async () => {
    using repo = scratch(files);
    const words = Array.from({ length: 300 }, (_, at) => `w${at}${at % 9 === 8 ? '\n\n' : ' '}`).join('');
    await using server = await openaiServer([{ text: words, fault: { kind: 'hang' } }]);
    using screen = openScreen(['tell me much'], { cwd: repo.root, env: env(server) });
    await screen.shows(/w1[0-9]{2}/);
    for (const [columns, rows] of [
      [40, 20],
      [120, 30],
      [100, 40],
    ] as const) {
      screen.resize(columns, rows);
      await screen.shows('working');
      const widest = Math.max(
        ...screen
          .text()
          .split('\n')
          .map((line) => line.length),
      );
      expect(widest).toBeLessThanOrEqual(columns);
    }
    const told = () => [...screen.whole().matchAll(/\bw(\d+)\b/g)].map((match) => Number(match[1]));
    expect(await until(() => new Set(told()).size === told().length && told().length > 100)).toBe(true);
    expect(told()).toEqual(told().toSorted((one, other) => one - other));
    screen.press('Escape');
    await screen.shows('Stopped.');
  });

  test('a terminal that draws only ASCII gets no other signs', async () => {
    using repo = scratch(files);
    await using server = await openaiServer([edit, { text: 'Done.', usage }]);
    const options = { cwd: repo.root, env: { ...env(server), LANG: 'C', LC_ALL: 'C' } };
    using screen = openScreen(['--mode', 'full-auto', 'go'], options);
    await screen.shows('Done.');
    screen.press('F6');
    const seen = await screen.shows('> applied');
    expect(seen).not.toMatch(/[^\u0000-\u007F]/);
  });

  test('in plain lines the same is talked through, with nothing drawn over', async () => {
    using repo = scratch(files);
    await using server = await openaiServer([edit, { text: 'Two is zwei now.', usage }]);
    using screen = openScreen(['--no-ui', '--mode', 'suggest'], { cwd: repo.root, env: env(server) });
    await screen.shows('/quit leaves');
    await say(screen, 'say two in German', 'Allow it?');
    await say(screen, 'y', 'Two is zwei now.');
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\nzwei\n');
    await say(screen, '/undo', 'Taken back: a.txt');
    await say(screen, '/nonsense', 'There is no command /nonsense.');
    await say(screen, '/quit', 'left with 0');
  });
});

async function until(holds: () => boolean): Promise<boolean> {
  const end = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > end) return false;
    await new Promise((next) => setTimeout(next, 50));
  }
  return true;
}
