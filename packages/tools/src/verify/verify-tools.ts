import { dirname, relative, sep } from 'node:path';
import type { Effect } from '@capstan/policy';
import type { Tool } from '@capstan/sdk/contract';
import { progressFeed } from '../shell/progress-feed.ts';
import type { ShellTree } from '../shell/shell-options.ts';
import { printChecks, type CheckName } from './diagnostic.ts';
import { printTests } from './print-tests.ts';
import { checkCommands, checkNames, detectChecks, runChecks, type CheckSelection } from './run-checks.ts';
import type { VerifyOptions } from './run-confined.ts';
import { detectTestRunners, runTests, testCommand, type TestSelection } from './run-tests.ts';
import type { TestRunnerName } from './test-report.ts';

interface Place {
  readonly files?: readonly string[];
  readonly cwd?: string;
}

const toolTimeoutMs = 900_000;
const place = {
  files: {
    type: 'array',
    items: { type: 'string' },
    description: 'Only these files, relative to the root of the work tree.',
  },
  cwd: {
    type: 'string',
    description: 'Folder of the package, relative to the root. Default: that of the files, else the root.',
  },
};

/** Makes `run_tests`. */
export function runTestsTool(worktree: ShellTree, options: VerifyOptions = {}): Tool {
  const select = async (input: Place & { name?: string; runner?: TestRunnerName }): Promise<TestSelection> => ({
    ...(await placeOf(worktree, input, (folder) => detectTestRunners(folder, worktree.root).length > 0)),
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.runner === undefined ? {} : { runner: input.runner }),
  });
  const tool: Tool<Place & { name?: string; runner?: TestRunnerName }> = {
    name: 'run_tests',
    description:
      'Runs the tests of the project with the runner it uses (Vitest, Jest, node:test, Pytest, Go): all, some files, or those whose name contains a text. Gives the counts, and for each failure its place, message, expected and actual value.',
    input: {
      type: 'object',
      properties: {
        ...place,
        name: { type: 'string', description: 'Only tests whose name contains this.' },
        runner: {
          enum: ['vitest', 'jest', 'node', 'pytest', 'go'],
          description: 'Default: recognised from the project.',
        },
      },
      additionalProperties: false,
    },
    timeoutMs: toolTimeoutMs,
    effects: async (input) => {
      const selection = await select(input);
      return [runs(testCommand(worktree.root, selection), selection.folder)];
    },
    preview: async (input) => {
      const selection = await select(input);
      return {
        kind: 'command',
        command: testCommand(worktree.root, selection).map(quote).join(' '),
        cwd: selection.folder,
      };
    },
    async execute(input, { signal, progress }) {
      const feed = progressFeed(progress);
      try {
        const selection = await select(input);
        return printTests(await runTests(worktree.root, selection, { ...options, signal, onOutput: feed.push }));
      } finally {
        feed.end();
      }
    },
  };
  return tool as Tool;
}

/** Makes `run_checks`. */
export function runChecksTool(worktree: ShellTree, options: VerifyOptions = {}): Tool {
  const select = async (input: Place & { checks?: readonly CheckName[] }): Promise<CheckSelection> => ({
    ...(await placeOf(worktree, input, (folder) => detectChecks(folder, worktree.root).length > 0)),
    ...(input.checks === undefined ? {} : { checks: input.checks }),
  });
  const tool: Tool<Place & { checks?: readonly CheckName[] }> = {
    name: 'run_checks',
    description:
      'Runs the linters, formatters and compilers that the project uses (tsc, ESLint, Biome, Prettier, Ruff, gofmt) and gives what they find by file and line. Changes nothing.',
    input: {
      type: 'object',
      properties: {
        ...place,
        checks: {
          type: 'array',
          items: { enum: checkNames },
          minItems: 1,
          description: 'Default: all that the project uses.',
        },
      },
      additionalProperties: false,
    },
    timeoutMs: toolTimeoutMs,
    effects: async (input) => {
      const selection = await select(input);
      return checkCommands(worktree.root, selection).map((argv) => runs(argv, selection.folder));
    },
    preview: async (input) => {
      const selection = await select(input);
      const command = checkCommands(worktree.root, selection)
        .map((argv) => argv.map(quote).join(' '))
        .join(' && ');
      return { kind: 'command', command, cwd: selection.folder };
    },
    execute: async (input, { signal }) =>
      printChecks(await runChecks(worktree.root, await select(input), { ...options, signal })),
  };
  return tool as Tool;
}

async function placeOf(
  worktree: ShellTree,
  { files = [], cwd }: Place,
  uses: (folder: string) => boolean,
): Promise<{ folder: string; files: string[] }> {
  const absolute = await Promise.all(files.map(async (file) => worktree.resolve(file)));
  const folder = cwd === undefined ? nearest(worktree.root, absolute, uses) : await worktree.resolve(cwd);
  return { folder, files: absolute.map((file) => relative(folder, file)) };
}

/** Finds the package that files belong to: the innermost folder around all of them that uses such tools, or the root. */
function nearest(root: string, files: readonly string[], uses: (folder: string) => boolean): string {
  if (files.length === 0) return root;
  let folder = dirname(files[0]!);
  while (folder !== root && folder !== dirname(folder)) {
    const holder = folder + sep;
    if (files.every((file) => file.startsWith(holder)) && uses(folder)) return folder;
    folder = dirname(folder);
  }
  return root;
}

function runs(argv: readonly string[], cwd: string): Effect {
  return { kind: 'run', command: argv.map(quote).join(' '), argv, cwd };
}

function quote(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
