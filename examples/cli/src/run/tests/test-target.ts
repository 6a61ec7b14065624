import { dirname, join, relative, resolve } from 'node:path';
import type { Stack, StackPackage } from '@capstan/code';
import { CapstanError } from '@capstan/sdk/contract';
import type { TestRunnerName } from '@capstan/tools';

/** Tests to run in one folder: by a runner that tells its results as data, or by a command whose output is read. */
export type TestTarget = RunnerTarget | CommandTarget;

export interface RunnerTarget {
  readonly kind: 'runner';
  readonly runner: TestRunnerName;
  /** Relative to the root; `.` for the root itself. */
  readonly folder: string;
  /** Relative to the folder; none means all. */
  readonly files: readonly string[];
  /** Only tests whose name contains this. */
  readonly name?: string | undefined;
}

export interface CommandTarget {
  readonly kind: 'command';
  readonly argv: readonly [string, ...string[]];
  /** Relative to the root; `.` for the root itself. */
  readonly folder: string;
}

/** What a target would be on a command line, for people. */
export function targetWords(target: TestTarget): string {
  const where = target.folder === '.' ? '' : ` in ${target.folder}`;
  if (target.kind === 'command') return `${target.argv.join(' ')}${where}`;
  const files = target.files.length === 0 ? '' : ` ${target.files.join(' ')}`;
  return `${target.runner}${files}${target.name === undefined ? '' : ` (name: ${target.name})`}${where}`;
}

export interface TargetOptions {
  readonly stack: Stack;
  /** Names the runners that a folder uses. */
  readonly runnersIn: (folder: string) => readonly TestRunnerName[];
}

/**
 * Finds how a repository's tests are run: those of its root, else those of each package.
 *
 * @throws {CapstanError} `not_found` where no tests are known.
 */
export function allTargets({ stack, runnersIn }: TargetOptions): TestTarget[] {
  const [root, ...others] = stack.packages.some(({ path }) => path === '.')
    ? stack.packages
    : [undefined, ...stack.packages];
  const own = root ? targetsOf(root, { stack, runnersIn }) : [];
  const targets = own.length > 0 ? own : others.flatMap((one) => (one ? targetsOf(one, { stack, runnersIn }) : []));
  if (targets.length > 0) return targets;
  const text =
    'No tests were found here. Name the command that runs them: capstan fix -- COMMAND. "capstan stack" shows what is known.';
  throw new CapstanError('not_found', text, { where: stack.root });
}

const families: readonly (readonly TestRunnerName[])[] = [['vitest', 'jest', 'node'], ['pytest'], ['go']];

function targetsOf(one: StackPackage, { stack, runnersIn }: TargetOptions): TestTarget[] {
  const runners = runnersIn(join(stack.root, one.path));
  const known = families.flatMap((family) => runners.find((runner) => family.includes(runner)) ?? []);
  const [best] = one.commands.filter(({ purpose }) => purpose === 'test');
  const [evidence] = best?.evidence ?? [];
  // A script that starts more than the runner is what the people here run.
  const script = /^script [\w:-]+: (.*)$/.exec(evidence?.says ?? '')?.[1];
  const [runner] = known;
  const plain = script === undefined || runner === undefined || startsPlainly(script, runner);
  if (known.length > 0 && plain)
    return known.map((each) => ({ kind: 'runner', runner: each, folder: one.path, files: [] }));
  const [program, ...words] = best && best.confidence >= 0.5 ? wordsOf(best.command) : [];
  return program === undefined ? [] : [{ kind: 'command', argv: [program, ...words], folder: best?.cwd ?? one.path }];
}

/** The runner alone gives the same as the script: no other settings, folder or environment are named in it. */
function startsPlainly(script: string, runner: string): boolean {
  const part = script.split(/&&|\|\||;/).find((each) => new RegExp(`\\b${runner}\\b`).test(each));
  if (part === undefined) return false;
  return (
    runner === 'node' ||
    !/\s--(config|root|dir|project|workspace|env|environment|preset)\b|\s-[cr]\s|\b[A-Z][A-Z_]*=/.test(` ${part}`)
  );
}

/** The words of a command as a shell would give them, quotes taken off. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, other, bare]) => one ?? other ?? bare ?? '');
}

/**
 * Finds how to run some files of tests: by the runner of the nearest folder that has one.
 *
 * @param files Relative to the root.
 * @returns Files that no runner is known for are left out.
 */
export function fileTargets(files: readonly string[], { stack, runnersIn }: TargetOptions): TestTarget[] {
  const groups = new Map<string, RunnerTarget & { files: string[] }>();
  for (const file of files) {
    const place = nearest(resolve(stack.root, file), stack.root, runnersIn);
    const runner = place?.runners.find((each) => runs(each, file));
    if (!place || runner === undefined) continue;
    const folder = relative(stack.root, place.folder) || '.';
    const key = `${folder}\0${runner}`;
    const group = groups.get(key) ?? { kind: 'runner', runner, folder, files: [] };
    group.files.push(relative(place.folder, resolve(stack.root, file)));
    groups.set(key, group);
  }
  const rest = files.filter(
    (file) => ![...groups.values()].some((group) => group.files.some((one) => join(group.folder, one) === file)),
  );
  return [...groups.values(), ...filesByCommand(rest, stack)];
}

/** Runners whose output is read, and that take files as their last words. */
const byFile: Readonly<Record<string, string>> = { mocha: 'mocha', ava: 'ava', tap: 'tap' };
const starters: Readonly<Record<string, readonly [string, ...string[]]>> = {
  pnpm: ['pnpm', 'exec'],
  yarn: ['yarn', 'exec'],
  bun: ['bunx'],
};

function filesByCommand(files: readonly string[], stack: Stack): CommandTarget[] {
  const groups = new Map<StackPackage, string[]>();
  for (const file of files) {
    const [holder] = stack.packages
      .filter(({ path }) => path === '.' || file.startsWith(`${path}/`))
      .toSorted((one, other) => other.path.length - one.path.length);
    if (holder)
      groups.set(holder, [
        ...(groups.get(holder) ?? []),
        holder.path === '.' ? file : file.slice(holder.path.length + 1),
      ]);
  }
  return [...groups].flatMap(([holder, list]): CommandTarget[] => {
    const runner = holder.testRunners.map(({ value }) => byFile[value]).find((name) => name !== undefined);
    if (runner === undefined) return [];
    const [program, ...words] = starters[holder.packageManagers[0]?.value ?? ''] ?? ['npx'];
    return [{ kind: 'command', argv: [program, ...words, runner, ...list], folder: holder.path }];
  });
}

function nearest(
  path: string,
  root: string,
  runnersIn: TargetOptions['runnersIn'],
): { folder: string; runners: readonly TestRunnerName[] } | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const runners = runnersIn(folder);
    if (runners.length > 0 && (folder === root || !/(^|\/)(tests?|__tests__)$/.test(folder)))
      return { folder, runners };
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

function runs(runner: TestRunnerName, file: string): boolean {
  if (runner === 'pytest') return file.endsWith('.py');
  if (runner === 'go') return file.endsWith('.go');
  return /\.[cm]?[jt]sx?$/.test(file);
}
