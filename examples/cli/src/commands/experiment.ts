import { Command } from 'commander';
import type { ExperimentOutcome } from '@capstan/sdk';
import { CapstanError, type Budget, type Run, type RunEvent, type RunResult } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { interruptCode } from '../frame/exit-code.ts';
import type { Interrupt } from '../frame/io.ts';
import { commandHere } from '../project/command-here.ts';
import { readConfigs } from '../project/config-file.ts';
import { effectiveSettings } from '../project/effective-settings.ts';
import { parseMode } from '../project/mode.ts';
import { openStore, openTree, rootOf } from '../project/open-project.ts';
import { pickModel } from '../project/pick-model.ts';
import { dollars } from '../render/amounts.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { personHere } from '../run/approver-of.ts';
import { readTask } from '../run/read-task.ts';
import { budgetOf, type RunFlags } from '../run/run-settings.ts';
import { sandboxOptions } from '../run/sandbox-options.ts';
import { candidateOf, contenders, type Contender } from './experiment-candidates.ts';

const help = `
Each candidate works in a git work tree of its own, with what is not committed carried along. The best work is applied
here as a patch; the others stay as proposed patches, see "capstan patch list".

Examples:
  capstan experiment "make the parser faster" --models openai/gpt-5,anthropic/claude-sonnet-4-5 --tests "npm test"
  capstan experiment "fix issue 12" --models ollama/qwen3 --agents careful,bold -n 1
  capstan experiment "speed it up" --models practice,practice --dry-run`;

interface ExperimentFlags extends Pick<
  RunFlags,
  'mode' | 'budgetUsd' | 'budgetSeconds' | 'budgetTokens' | 'maxTurns' | 'yes' | 'sandbox' | 'network'
> {
  readonly models?: string;
  readonly agents?: string;
  readonly tests?: string | false;
  readonly prepare?: string;
  readonly judge?: string;
  readonly atOnce: string;
  readonly apply: boolean;
  readonly dryRun?: boolean;
}

/** `capstan experiment`: one task, several candidates, the best work is applied. */
export function command(cli: Cli): Command {
  const experiment = withGlobals(new Command('experiment'))
    .description('Let several models or agents do a task, and apply the best work')
    .argument('<task...>', 'what to do, in words; "-" reads it from stdin')
    .option('--models <ids>', 'models that compete, with commas (default: the one that would answer)')
    .option('--agents <names>', 'your agents that compete, with commas; each with every model')
    .option('--tests <command>', 'how the tests are run (default: as the project runs them)')
    .option('--no-tests', 'run no tests')
    .option('--prepare <command>', 'makes a new work tree ready (default: node_modules and the like are shared)')
    .option('--judge <vendor/name>', 'model that judges (default: tests, type errors, size, cost and time do)')
    .option('-n, --at-once <count>', 'candidates that work at the same time', '2')
    .option('--no-apply', 'keep the best work as a proposed patch, too')
    .option('--mode <mode>', 'what may be done without asking: read-only, suggest, auto-edit, full-auto')
    .option('--budget-usd <amount>', 'most that all may spend together, in US dollars')
    .option('--budget-seconds <seconds>', 'longest time to take')
    .option('--budget-tokens <count>', 'most tokens of all, in and out together')
    .option('--max-turns <count>', 'most model calls of all')
    .option('--sandbox <level>', 'confine commands: none, workspace-write or read-only; fails where that cannot be had')
    .option('--network', 'with --sandbox: let commands reach the network')
    .option('-y, --yes', 'approve what would be asked; without it such a candidate ends there')
    .option('--dry-run', 'say who would compete, and on what evidence')
    .addHelpText('after', help);
  return experiment.action(async (words: string[], flags: ExperimentFlags) => {
    const root = rootOf(cli, globalsOf(cli, experiment));
    const task = await readTask(words, cli.io, {});
    const { user, project, paths } = readConfigs(cli, root);
    const mode = flags.mode === undefined ? undefined : parseMode(flags.mode);
    const settings = effectiveSettings({ flags: { mode, budget: budgetOf(flags) }, user, project });
    const { namedAgent } = await import('../project/agent-file.ts');
    const agents = listed(flags.agents).map((name) => namedAgent(paths.agents, name));
    const competing = await contenders(cli, root, {
      models: orOne(listed(flags.models)),
      agents: orOne(agents),
    });
    const order = { cli, root, task, flags, competing, ...settings };
    cli.finish('experiment', flags.dryRun ? planOf(order) : await compete(order));
  });
}

interface ExperimentOrder {
  readonly cli: Cli;
  readonly root: string;
  readonly task: string;
  readonly flags: ExperimentFlags;
  readonly competing: readonly Contender[];
  readonly mode: ReturnType<typeof parseMode>;
  readonly budget: Budget;
}

function planOf({ task, flags, competing, mode, budget }: ExperimentOrder): Outcome {
  const candidates = competing.map(({ name, model, agent }) => ({
    name,
    model: model.id,
    ...(agent ? { agent: agent.name } : {}),
  }));
  const evidence = { tests: flags.tests ?? 'as the project runs them', judge: flags.judge ?? 'evidence' };
  const payload = { task, candidates, mode, budget, atOnce: countOf(flags.atOnce), ...evidence, dryRun: true };
  const lines = candidates.map(({ name, model, agent = '' }) => [name, model, agent]);
  const judged = `Judged by ${flags.judge ?? 'tests, type errors, size of the diff, cost and time'}. Nothing was done.`;
  return { payload, text: `${table(lines)}\n${judged}` };
}

async function compete(order: ExperimentOrder): Promise<Outcome> {
  const { cli, root, task, flags, competing, mode, budget } = order;
  const [{ experiment, modelJudge }, { gitWorktrees }] = await Promise.all([
    import('@capstan/sdk'),
    import('@capstan/tools'),
  ]);
  const sandbox = sandboxOptions(flags);
  const main = await openTree(root);
  const store = await openStore(main.root);
  const { tests, prepare } = flags;
  try {
    await using workspaces = await gitWorktrees(main, {
      ...(tests === undefined ? {} : { tests }),
      ...(prepare === undefined ? {} : { prepare }),
      verify: { env: cli.io.env, ...(sandbox ? { sandbox } : {}) },
    });
    if (workspaces.pruned.length > 0)
      await cli.io.err(`Cleared up ${workspaces.pruned.length} work trees of an experiment that was killed.\n`);
    const judge =
      flags.judge === undefined ? {} : { judge: modelJudge((await pickModel(cli, root, flags.judge)).model) };
    const run = experiment(
      {
        task,
        candidates: competing.map((each) => candidateOf({ cli, main, store, mode, sandbox }, each)),
        workspaces,
        atOnce: countOf(flags.atOnce),
        apply: flags.apply,
        budget,
        store,
        ...judge,
      },
      { approvals: flags.yes ? 'wait' : 'pause' },
    );
    const interrupt = await follow(run, cli, flags.yes === true);
    const { trialRows } = await import('@capstan/sdk');
    return outcomeOf(await run.result, { order, interrupt, rows: trialRows });
  } finally {
    await store.close();
    main.close();
  }
}

/** Tells how it goes on stderr, answers for candidates with `--yes`, and stops at an interrupt. */
async function follow(run: Run<ExperimentOutcome>, cli: Cli, yes: boolean): Promise<Interrupt | undefined> {
  const seen: { interrupt?: Interrupt } = {};
  const release = cli.io.onInterrupt((interrupt) => {
    seen.interrupt = interrupt;
    void run.stop(interrupt);
  });
  try {
    for await (const event of run) {
      if (yes && event.type === 'child' && event.event.type === 'approval.requested') {
        run.approve(event.event.callId, { by: personHere(cli.io) });
      }
      const line = lineOf(event);
      if (line !== undefined) await cli.io.err(`${plainText(line)}\n`);
    }
    return seen.interrupt;
  } finally {
    release();
  }
}

function lineOf(event: RunEvent): string | undefined {
  if (event.type === 'tool.started') return event.tool.startsWith('try-') ? `${event.tool.slice(4)} begins` : undefined;
  if (event.type === 'tool.ended')
    return event.tool.startsWith('try-') ? `${event.tool.slice(4)} has ended` : undefined;
  if (event.type !== 'child' || event.event.type !== 'tool.started') return undefined;
  return `  ${event.callId.replace(/^try-/, '').replace(/-\d+$/, '')}: ${event.event.tool}`;
}

interface Ended {
  readonly order: ExperimentOrder;
  readonly interrupt: Interrupt | undefined;
  readonly rows: (trials: ExperimentOutcome['trials']) => readonly (readonly string[])[];
}

function outcomeOf(result: RunResult<ExperimentOutcome>, { order, interrupt, rows }: Ended): Outcome {
  const { output, reason, costUsd, runId, error } = result;
  const trials = (output?.trials ?? []).map(({ diff: _, ...trial }) => trial);
  const rollback = output?.applied && commandHere(order.cli, order.root, `capstan patch rollback ${output.applied.id}`);
  const payload = {
    runId,
    reason,
    costUsd,
    ...output,
    trials,
    ...(rollback ? { rollback } : {}),
    ...(error ? { error } : {}),
  };
  const meta = { root: order.root, runId };
  if (interrupt) return { payload, meta, exit: interruptCode(interrupt), text: 'Interrupted. Nothing was applied.' };
  if (!output) {
    const why = error?.message ?? `The experiment ended: ${reason}${result.limit ? ` (${result.limit})` : ''}.`;
    return { payload, meta, exit: reason === 'budget' ? 4 : 1, text: `${why} Nothing was applied.` };
  }
  const others = trials.filter(({ patch }) => patch && patch.id !== output.applied?.id);
  const lines = [
    table(rows(output.trials).map((row) => row.map(plainText))),
    output.winner === undefined
      ? `No winner: ${plainText(output.why)}`
      : `${output.winner} wins: ${plainText(output.why)}.`,
    ...trials.filter(({ reason: how }) => how !== 'done').map(({ name, text }) => `${name}: ${plainText(text)}`),
    ...(output.applied ? [`Applied as ${output.applied.id}. Take it back with: ${rollback}`] : []),
    ...others.map(
      ({ name, patch }) =>
        `Kept: ${name} as ${patch?.id}. Apply it with: ${commandHere(order.cli, order.root, `capstan patch apply ${patch?.id}`)}`,
    ),
    ...(costUsd === undefined ? [] : [`Cost: ${dollars(costUsd)}`]),
  ];
  const exit = output.winner === undefined ? 1 : 0;
  return { payload, meta, text: lines.join('\n'), exit };
}

function countOf(words: string): number {
  const count = Number(words);
  if (Number.isSafeInteger(count) && count >= 1 && count <= 8) return count;
  throw new CapstanError('invalid_config', `--at-once takes a whole number from 1 to 8, not "${words}".`, {
    where: '--at-once',
  });
}

function listed(words: string | undefined): string[] {
  return (words ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

/** With nothing to choose from, one that is not named. */
function orOne<T>(all: readonly T[]): readonly (T | undefined)[] {
  return all.length === 0 ? [undefined] : all;
}
