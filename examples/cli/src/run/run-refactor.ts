import type { AppliedRefactor, CodeIndex, RefactorPlan, RefactorRequest } from '@capstan/code';
import type { Command } from 'commander';
import { colourOf, globalsOf, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { plural } from '../render/amounts.ts';
import { renderDiff } from '../render/diff.ts';
import { plainText } from '../render/plain-text.ts';
import { askLine } from './ask-line.ts';

/** Options that every kind of refactor takes. */
export interface RefactorFlags {
  readonly apply?: boolean;
  readonly dryRun?: boolean;
  readonly public?: boolean;
  /** `false` with `--no-lint`. */
  readonly lint: boolean;
  readonly test?: boolean;
}

/** Adds the options that every kind of refactor takes. */
export function withRefactorOptions(command: Command): Command {
  return command
    .option('--apply', 'make the change at once, as a patch that can be taken back')
    .option('--dry-run', 'show the change and make it in no case')
    .option('--public', 'names may change that other packages may use')
    .option('--test', 'run the tests of the changed files, and take the change back when it breaks one')
    .option('--no-lint', 'leave the linters out that the repository uses');
}

/** Plans a refactor, shows it, and makes it when that was asked for or a person agrees. */
export async function runRefactor(cli: Cli, command: Command, request: RefactorRequest): Promise<void> {
  const flags = command.opts<RefactorFlags>();
  const root = rootOf(cli, globalsOf(cli, command));
  const { planRefactor } = await import('@capstan/code');
  const stopped = new AbortController();
  const release = cli.io.onInterrupt(() => stopped.abort());
  const index = await openCodeIndex(root);
  try {
    const { signal } = stopped;
    const plan = await planRefactor(root, request, { index, public: flags.public === true, signal });
    const agreed = plan.changes.length > 0 && (await isWanted(cli, command, { plan, flags, signal }));
    const applied = agreed ? await apply(root, plan, { index, flags, signal }) : undefined;
    cli.finish(`refactor ${request.kind}`, outcomeOf(cli, command, { plan, flags, applied }));
  } finally {
    release();
    await index.close();
  }
}

interface Wanting {
  readonly plan: RefactorPlan;
  readonly flags: RefactorFlags;
  readonly signal: AbortSignal;
}

/** Asks a person who looks on; nobody to ask means no. */
async function isWanted(cli: Cli, command: Command, { plan, flags, signal }: Wanting): Promise<boolean> {
  if (flags.dryRun) return false;
  if (flags.apply) return true;
  const { io } = cli;
  const globals = globalsOf(cli, command);
  if (globals.json || io.input !== 'terminal' || !io.errIsTerminal) return false;
  await io.err(`${renderDiff(plan.diff, colourOf(cli, globals, 'err'))}\n${notes(plan)}`);
  const answer = await askLine(io, io.err, `${plainText(plan.summary)}. Make the change? [y/N] `, signal);
  return /^y(es)?$/i.test(answer.trim());
}

interface Applying {
  readonly index: CodeIndex;
  readonly flags: RefactorFlags;
  readonly signal: AbortSignal;
}

async function apply(root: string, plan: RefactorPlan, { index, flags, signal }: Applying): Promise<AppliedRefactor> {
  const { applyRefactor } = await import('@capstan/code');
  const tree = await openTree(root);
  try {
    return await applyRefactor(tree, plan, { lint: flags.lint, signal, ...(flags.test ? { tests: index } : {}) });
  } finally {
    tree.close();
  }
}

interface Done {
  readonly plan: RefactorPlan;
  readonly flags: RefactorFlags;
  readonly applied: AppliedRefactor | undefined;
}

function outcomeOf(cli: Cli, command: Command, { plan, flags, applied }: Done): Outcome {
  const { kind, summary, files, diff, warnings, checked } = plan;
  const state = applied?.state ?? (files.length === 0 ? 'nothing to do' : 'would change');
  const { added, removed } = applied?.patch ?? linesOf(diff);
  const tests = applied?.tests;
  return {
    payload: {
      kind,
      summary,
      state,
      id: applied?.patch.id ?? null,
      files,
      added,
      removed,
      diff,
      warnings,
      checked,
      ...(applied
        ? {
            lint: applied.lint.map(({ check, file, line, message }) => ({
              check,
              file,
              ...(line === undefined ? {} : { line }),
              message,
            })),
          }
        : {}),
      ...(tests ? { tests: { passed: tests.passed, total: tests.tests.length, failed: failedOf(tests).length } } : {}),
      dryRun: flags.dryRun === true,
    },
    text: applied ? appliedText(plan, applied) : plannedText(cli, command, plan),
    ...(state === 'taken back' ? { exit: 1 as const } : {}),
  };
}

function failedOf(tests: NonNullable<AppliedRefactor['tests']>): readonly { readonly test: string }[] {
  return tests.tests.filter(({ status }) => status === 'failed');
}

function linesOf(diff: string): { readonly added: number; readonly removed: number } {
  const lines = diff.split('\n');
  return {
    added: lines.filter((line) => line.startsWith('+') && !line.startsWith('+++')).length,
    removed: lines.filter((line) => line.startsWith('-') && !line.startsWith('---')).length,
  };
}

function plannedText(cli: Cli, command: Command, plan: RefactorPlan): string {
  if (plan.files.length === 0) return `${plainText(plan.summary)}.\n${notes(plan)}`;
  const shown = renderDiff(plan.diff, colourOf(cli, globalsOf(cli, command)));
  return `${shown}\n${notes(plan)}${plainText(plan.summary)}. Nothing is changed yet: add --apply to make it.`;
}

function appliedText(plan: RefactorPlan, { state, patch, lint, tests }: AppliedRefactor): string {
  const files = patch.files.map(
    ({ path, change, added, removed }) => `  ${change} ${plainText(path)}  +${added} -${removed}`,
  );
  const found = lint.map(
    ({ check, file, line, message }) => `  ${check}: ${plainText(`${file}:${line ?? 1} ${message}`)}`,
  );
  const failed = tests ? failedOf(tests).map(({ test }) => `  ${plainText(test)}`) : [];
  return [
    `${state} ${patch.id}  ${plainText(plan.summary)}`,
    ...files,
    ...(lint.length > 0 ? [`${plural(lint.length, 'new finding')} of linters:`, ...found] : []),
    ...(tests ? [`${plural(tests.tests.length, 'test')} ran, ${failed.length} failed`, ...failed] : []),
    ...notes(plan)
      .split('\n')
      .filter((line) => line !== ''),
    state === 'applied'
      ? `Take it back: capstan patch rollback ${patch.id}`
      : 'The tests failed with it and passed without it.',
  ].join('\n');
}

function notes({ warnings, checked }: RefactorPlan): string {
  const lines = [...checked.map((one) => `checked: ${one}`), ...warnings.map((one) => `look: ${one}`)];
  return lines.map((line) => `${plainText(line)}\n`).join('');
}
