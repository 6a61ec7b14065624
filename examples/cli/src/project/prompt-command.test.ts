import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fillPromptCommand, listPromptCommands } from './prompt-command.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-commands-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

test.each([
  ['Look at $ARGUMENTS now', 'a b', 'Look at a b now'],
  ['Move $1 to $2.', 'a b', 'Move a to b.'],
  ['Move $1 to $2.', 'a', 'Move a to .'],
  ['Tidy up.', 'the tests', 'Tidy up.\n\nthe tests'],
  ['Tidy up.', '', 'Tidy up.'],
  ['It costs $$1 and $PATH', '', 'It costs $1 and $PATH'],
  ['Say $1', '$ARGUMENTS', 'Say $ARGUMENTS'],
])('%j with %j is %j', (text, words, filled) => {
  expect(fillPromptCommand(text, words)).toBe(filled);
});

test('files become commands; those of the repository go before those of the user', () => {
  const user = folderOf({ 'sync.md': 'Mine.', 'only-mine.md': '# Only mine\n\nDo it.' });
  const project = folderOf({
    'sync.md': '---\ndescription: "Bring it up to date"\nargument-hint: BRANCH\n---\nSync with $1.',
    'git/log.md': '---\r\ndescription: Log\r\n---\r\nShow the log.',
    'no-command.txt': 'x',
    'bad name.md': 'x',
  });
  expect(listPromptCommands({ user, project })).toEqual([
    { name: 'git:log', description: 'Log', text: 'Show the log.', source: 'project' },
    { name: 'only-mine', description: 'Only mine', text: '# Only mine\n\nDo it.', source: 'user' },
    { name: 'sync', description: 'Bring it up to date', takes: 'BRANCH', text: 'Sync with $1.', source: 'project' },
  ]);
});

test('folders that are not there hold no commands', () => {
  expect(listPromptCommands({ user: '/nowhere/at/all', project: '/nowhere/else' })).toEqual([]);
});
