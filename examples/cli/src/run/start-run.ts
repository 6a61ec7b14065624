import { isAbsolute } from 'node:path';
import type { Agent } from '@capstan/sdk';
import type { Budget, Instructions, JsonSchema, Model, Run, RunResult, RunStore, Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { colourOf, type Cli, type GlobalOptions } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { isWithin } from '../project/added-folders.ts';
import { quoted } from '../project/command-here.ts';
import { guardText } from '../project/guard-text.ts';
import type { Mode } from '../project/mode.ts';
import type { OpenedPlugins } from '../project/open-plugins.ts';
import { openLivePolicy } from '../project/live-policy.ts';
import { drawsUnicode } from '../render/glyphs.ts';
import { Transcript } from '../render/transcript.ts';
import { approverOf, personHere } from './approver-of.ts';
import { driveRun } from './drive-run.ts';
import { keepRunLog } from './run-log.ts';
import { liveView } from './live-view.ts';
import { runEnding } from './run-exit.ts';
import { runPayload, runSummary, type RunReport } from './run-report.ts';
import type { RunSettings } from './run-settings.ts';

/** How a run is shown and who answers it. */
export type ViewSettings = Pick<RunSettings, 'output' | 'reasoning' | 'yes'> & {
  /** Asks on the terminal although nothing else is shown there. */
  readonly prompts?: boolean;
};

/** What a run of the command line is made of. */
export interface RunSetup {
  readonly cli: Cli;
  readonly globals: GlobalOptions;
  readonly settings: ViewSettings;
  readonly worktree: Worktree;
  readonly store: RunStore;
  readonly model: Model;
  readonly tools: readonly Tool[];
  /** What plug-ins add besides tools. */
  readonly plugins?: Pick<OpenedPlugins, 'hooks' | 'rules'>;
  readonly mode: Mode;
  readonly budget: Budget;
  /** No network until the user's policy file allows it. */
  readonly offline?: boolean;
  /** Folders that may be worked in, where it is more than the work tree's root. */
  readonly roots?: readonly string[];
  /** Commands run in a sandbox without network. */
  readonly confined?: boolean;
  readonly instructions?: Instructions;
  /** The shape that the answer is to have. */
  readonly output?: JsonSchema;
  /** The command that goes on with the run. */
  readonly resume: string;
  /** The command that takes back what the run changed. */
  readonly rollback: string;
  /** What counts as done; see `RunCourse`. */
  readonly wants?: 'change' | 'words';
  /** Reads the run along, besides what is shown. */
  readonly follow?: (run: Run) => void;
  /** Starts the run on the agent. */
  readonly start: (agent: Agent, options: { readonly approvals: 'pause' | 'wait' }) => Run;
}

/** Makes the agent, follows its run to the end and reports. */
export async function startRun(setup: RunSetup): Promise<{ outcome: Outcome; report: RunReport }> {
  const { cli, settings, worktree, store, model, tools, mode, budget } = setup;
  const started = cli.io.clock();
  const { createAgent } = await import('@capstan/sdk');
  const live = await openLivePolicy(cli, {
    root: worktree.root,
    mode,
    ...(setup.offline ? { offline: true } : {}),
    ...(setup.roots ? { roots: setup.roots } : {}),
    confined: setup.confined ?? false,
    rules: setup.plugins?.rules ?? [],
    tell: (words) => void cli.io.err(`${words}\n`),
  });
  const { instructions, output } = setup;
  const agent = createAgent({
    model,
    tools,
    policy: live.current,
    store,
    budget,
    hooks: [...(setup.plugins?.hooks ?? []), ...(await guardText(cli, { root: worktree.root, store }))],
    ...(instructions === undefined ? {} : { instructions }),
    ...(output === undefined ? {} : { output }),
    // What is read from JSON is JSON, whichever shape it has.
  }) as Agent;
  const approver = approverOf(setup);
  await using run = setup.start(agent, { approvals: approver ? 'wait' : 'pause' });
  live.follow(run);
  setup.follow?.(run);
  const colour = colourOf(cli, setup.globals);
  const transcript = new Transcript({
    colour,
    columns: cli.io.columns(),
    unicode: drawsUnicode(cli.io.env, process.platform),
    reasoning: settings.reasoning,
  });
  const view = liveView({ io: cli.io, output: settings.output, transcript, worktree });
  const driven = await driveRun(run, {
    io: cli.io,
    approver,
    show: view.show,
    always: (callId) => live.always(callId, personHere(cli.io)),
    onInterrupt: (interrupt) => {
      if (interrupt === 'SIGINT' && settings.output === 'text')
        void cli.io.err('\nStopping. Ctrl-C again ends at once.\n');
    },
  });
  await view.close();
  await keepRunLog(worktree.root, store, driven.result);
  const wants = setup.wants ?? (await practiceWants(setup, driven.tally.request));
  const report = reportOf({ ...setup, ...(wants ? { wants } : {}) }, driven, cli.io.clock() - started);
  return { report, outcome: outcomeOf(setup, report, colour) };
}

type Driven = Awaited<ReturnType<typeof driveRun>>;

/** From the practice model words are an answer only to what it can answer: its work is to change code. */
async function practiceWants({ model, mode }: RunSetup, request: string): Promise<'change' | undefined> {
  if (model.id !== 'capstan/practice' || mode === 'read-only') return undefined;
  const { intentOf } = await import('@capstan/providers/practice');
  return ['improve', 'other'].includes(intentOf(request)) ? 'change' : undefined;
}

function reportOf(setup: RunSetup, driven: Driven, durationMs: number): RunReport {
  const { model, mode, budget, resume, rollback, wants } = setup;
  const { result, tally, interrupt } = driven;
  return {
    result,
    ending: runEnding(result, { calls: tally.calls, lastStop: tally.lastStop, interrupt, wants }),
    calls: tally.calls,
    model: model.id,
    mode,
    budget,
    durationMs,
    resume,
    ...(result.patches.length === 0 ? {} : { rollback: rollbackOf(result, rollback, setup.roots) }),
  };
}

/** Takes back in each folder what was changed there. */
function rollbackOf({ patches, runId }: RunResult, rollback: string, roots: readonly string[] = []): string {
  const paths = patches.flatMap(({ files }) => files.map(({ path }) => path));
  const others = roots.slice(1).filter((folder) => paths.some((path) => isAbsolute(path) && isWithin(folder, path)));
  const here = paths.some((path) => !isAbsolute(path));
  const there = others.map((folder) => `capstan patch rollback --run ${runId} --cwd ${quoted(folder)}`);
  return [...(here ? [rollback] : []), ...there].join(' && ');
}

function outcomeOf(
  { settings, worktree, cli }: RunSetup,
  report: RunReport,
  colour: ReturnType<typeof colourOf>,
): Outcome {
  const { result, ending } = report;
  const meta = { root: worktree.root, runId: result.runId, sessionId: result.sessionId };
  const base = { payload: runPayload(report), exit: ending.exit, meta };
  if (settings.output === 'text') return { ...base, text: `\n${runSummary(report, colour)}` };
  if (settings.output !== 'envelope' && ending.why !== undefined) void cli.io.err(`${ending.why}\n`);
  return settings.output === 'answer' ? { ...base, text: answerOf(result) } : base;
}

/** What was asked for and nothing else: the words, or the checked value where a shape was asked for. */
function answerOf({ output, text }: RunResult): string {
  return output === undefined ? text : JSON.stringify(output, undefined, 2);
}
