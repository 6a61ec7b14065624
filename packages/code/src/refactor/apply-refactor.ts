import type { PatchSummary } from '@capstan/sdk/contract';
import { isCapstanError } from '@capstan/sdk/contract';
import { detectChecks, runChecks, runTests } from '@capstan/tools';
import type { ChangeOptions, CheckName, Diagnostic, SandboxOptions, TestReport, Worktree } from '@capstan/tools';
import type { CodeIndex } from '../context/code-index.ts';
import type { RefactorPlan } from './refactor-request.ts';

export interface ApplyRefactorOptions {
  /** Whose change it is, for the patch. */
  readonly origin?: ChangeOptions;
  /** Runs the linters that the repository uses over the changed files, before and after. Default true. */
  readonly lint?: boolean;
  /** Runs the tests of the changed files, which this index knows, and takes the change back when it breaks one. */
  readonly tests?: CodeIndex;
  /** Confines linters and tests. */
  readonly sandbox?: SandboxOptions;
  readonly signal?: AbortSignal;
}

/** What became of a plan. */
export interface AppliedRefactor {
  readonly state: 'applied' | 'taken back';
  readonly patch: PatchSummary;
  /** What linters find now and did not before. */
  readonly lint: readonly Diagnostic[];
  /** The tests that were run; absent when none were asked for or there are none. */
  readonly tests?: TestReport;
}

/**
 * Makes a planned refactor as one patch, which can be taken back.
 *
 * @throws {CapstanError} `conflict` when a file is another by now; `aborted`.
 */
export async function applyRefactor(
  worktree: Worktree,
  plan: RefactorPlan,
  options: ApplyRefactorOptions = {},
): Promise<AppliedRefactor> {
  const { origin = {}, lint = true, tests } = options;
  const before = lint ? await findings(worktree, pathsBefore(plan), options) : [];
  const patch = await worktree.change(plan.changes, { label: `refactor ${plan.kind}`, ...origin });
  const after = lint && patch.files.length > 0 ? await findings(worktree, pathsAfter(plan), options) : [];
  const found = { patch, lint: onlyNew(before, after) };
  if (!tests || patch.files.length === 0) return { state: 'applied', ...found };
  await tests.refresh(options.signal);
  const files = testsOf(tests, pathsAfter(plan));
  const report = files.length === 0 ? undefined : await tested(worktree, files, options);
  if (!report || report.passed) return { state: 'applied', ...found, ...(report ? { tests: report } : {}) };
  return judged(worktree, { ...found, tests: report, before: files.filter((file) => !isNew(plan, file)) }, options);
}

interface Failing {
  readonly patch: PatchSummary;
  readonly lint: readonly Diagnostic[];
  readonly tests: TestReport;
  /** Test files that were there before. */
  readonly before: readonly string[];
}

/** What failed before as well does not count. */
async function judged(
  worktree: Worktree,
  { patch, lint, tests, before }: Failing,
  options: ApplyRefactorOptions,
): Promise<AppliedRefactor> {
  await worktree.patches.rollback(patch.id);
  const old = before.length === 0 ? undefined : await tested(worktree, before, options);
  const known = new Set(failures(old));
  if (!old || failures(tests).some((one) => !known.has(one))) return { state: 'taken back', patch, lint, tests };
  await worktree.patches.apply(patch.id);
  return { state: 'applied', patch, lint, tests };
}

function failures(report: TestReport | undefined): readonly string[] {
  const failed = (report?.tests ?? []).filter(({ status }) => status === 'failed');
  const broken = (report?.errors ?? []).map(({ message }) => message.split('\n')[0] ?? '');
  return [...failed.map(({ suite, test }) => [...suite, test].join(' > ')), ...broken];
}

function pathsBefore({ files }: RefactorPlan): string[] {
  return files.flatMap(({ path, change, from }) => (change === 'create' ? [] : [from ?? path]));
}

function pathsAfter({ files }: RefactorPlan): string[] {
  return files.flatMap(({ path, change }) => (change === 'delete' ? [] : [path]));
}

function isNew({ files }: RefactorPlan, path: string): boolean {
  return files.some((one) => one.path === path && (one.change === 'create' || one.change === 'move'));
}

const linters: ReadonlySet<CheckName> = new Set(['eslint', 'biome', 'ruff']);

async function findings(
  worktree: Worktree,
  files: readonly string[],
  { sandbox, signal }: ApplyRefactorOptions,
): Promise<readonly Diagnostic[]> {
  const checks = detectChecks(worktree.root).filter((name) => linters.has(name));
  if (checks.length === 0 || files.length === 0) return [];
  try {
    const reports = await runChecks(worktree.root, { folder: worktree.root, files, checks }, running(sandbox, signal));
    return reports.flatMap(({ diagnostics }) => diagnostics);
  } catch (error) {
    if (isCapstanError(error) && error.code === 'not_found') return [];
    throw error;
  }
}

function running(sandbox: SandboxOptions | undefined, signal: AbortSignal | undefined) {
  return { ...(sandbox ? { sandbox } : {}), ...(signal ? { signal } : {}) };
}

/** Findings of a rule are counted, as a change moves their lines and words. */
function onlyNew(before: readonly Diagnostic[], after: readonly Diagnostic[]): readonly Diagnostic[] {
  const keyOf = ({ check, rule = '' }: Diagnostic): string => `${check} ${rule}`;
  const left = new Map<string, number>();
  for (const one of before) left.set(keyOf(one), (left.get(keyOf(one)) ?? 0) + 1);
  return after.filter((one) => {
    const count = left.get(keyOf(one)) ?? 0;
    left.set(keyOf(one), count - 1);
    return count <= 0;
  });
}

function testsOf(index: CodeIndex, paths: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    if (index.file(path)?.kind === 'test') found.add(path);
    for (const test of index.relatedTests(path)) found.add(test.path);
  }
  return [...found];
}

async function tested(
  worktree: Worktree,
  files: readonly string[],
  { sandbox, signal }: ApplyRefactorOptions,
): Promise<TestReport | undefined> {
  try {
    return await runTests(worktree.root, { folder: worktree.root, files }, running(sandbox, signal));
  } catch (error) {
    if (isCapstanError(error) && error.code === 'not_found') return undefined;
    throw error;
  }
}
