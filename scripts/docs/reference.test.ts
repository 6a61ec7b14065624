import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withGlobals, type Cli } from '../../examples/cli/src/frame/cli.ts';
import { commands } from '../../examples/cli/src/program/table.ts';
import { settings } from '../../examples/cli/src/project/config.ts';
import { commandsPage } from './commands-page.ts';
import { readDeclarations } from './declarations.ts';
import { eventsPage } from './events-page.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const contract = join(root, 'packages/sdk/src/contract');

function page(name: string): string {
  return readFileSync(join(root, 'docs/reference', `${name}.md`), 'utf8');
}

/** First cells of a page's table rows, where they are code. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
}

test('the reference of events is what the contract declares', async () => {
  const parts = readDeclarations(join(contract, 'patch.ts'));
  const text = eventsPage(readDeclarations(join(contract, 'event.ts')), parts);
  await expect(text).toMatchFileSnapshot(join(root, 'docs/reference/events.md'));
});

test('the reference of errors names every code and no other', () => {
  const codes = readDeclarations(join(contract, 'errors.ts')).unions.get('ErrorCode')!;
  expect(firstCells(page('errors')).toSorted()).toEqual(codes.toSorted());
});

test('the reference of exit codes names every code and no other', () => {
  const codes = readDeclarations(join(root, 'examples/cli/src/frame/exit-code.ts')).unions.get('ExitCode')!;
  expect(firstCells(page('exit-codes')).toSorted()).toEqual(codes.toSorted());
});

test('the reference of commands is what the commands declare', async () => {
  // Nothing but its shape is read of a command, so what it would work with need not be there.
  const cli = { io: {}, commands, globals: {} } as unknown as Cli;
  const described = await Promise.all(
    commands.map(async ({ group, summary, load }) => ({ group, summary, command: (await load()).command(cli) })),
  );
  const groups = [...Map.groupBy(described, ({ group }) => group)].map(([heading, list]) => ({
    heading,
    commands: list,
  }));
  const text = commandsPage(groups, withGlobals(described[0]!.command.createCommand('capstan')));
  await expect(text).toMatchFileSnapshot(join(root, 'docs/reference/commands.md'));
});

test('every setting of the configuration file is documented', () => {
  expect(settings.map(({ key }) => key).filter((key) => !page('configuration').includes(`\`${key}\``))).toEqual([]);
});

test('every environment variable that the code reads is documented', () => {
  const files = globSync(['packages/*/src/**/*.ts', 'examples/cli/src/**/*.ts'], { cwd: root });
  const shipped = files.filter((file) => !/\.test\.ts$|__fixtures__|[\\/]testing[\\/]/.test(file));
  const text = shipped.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  const read = [
    ...text.matchAll(
      /\benv(?:\.|\[')([A-Z][A-Z0-9_]+)|'([A-Z][A-Z0-9]+_(?:[A-Z0-9]+_)*(?:KEY|URL|HOST|TOKEN|ORG_ID|PROJECT_ID|MODEL))'/g,
    ),
  ];
  const names = new Set(read.map((match) => (match[1] ?? match[2])!).filter((name) => !ofTheSystem.has(name)));
  expect([...names].filter((name) => !page('configuration').includes(`\`${name}\``)).toSorted()).toEqual([]);
});

/** Variables of the system that keep their usual meaning, and what we set for our own children. */
const ofTheSystem = new Set(
  'APPDATA CAPSTAN_REPORT COMSPEC EDITOR VISUAL HOME LANG LC_ALL LC_CTYPE LOCALAPPDATA PATH PATHEXT PWD SHELL SYSTEMROOT TEMP TERM TERM_PROGRAM TMP TMPDIR USER USERNAME USERPROFILE WT_SESSION XDG_CONFIG_HOME XDG_STATE_HOME'.split(
    ' ',
  ),
);
