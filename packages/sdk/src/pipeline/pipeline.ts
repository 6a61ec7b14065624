import type { ResumeOptions } from '../agent/create-agent.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Json } from '../contract/json.ts';
import type { PatchSummary } from '../contract/patch.ts';
import type { Answer, Run, RunOptions } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import type { Tool } from '../contract/tool.ts';
import { answerApproval } from '../session/answer-approval.ts';
import { memoryStore } from '../session/memory-store.ts';
import { nextMove, rollbackTool, snapshotTool } from './plan.ts';
import type { DirectedOptions } from './run-directed.ts';
import { directed } from './run-directed.ts';
import type { InputOf, OutputOf, Stage } from './step.ts';
import { directedTool, stepTools } from './step-tool.ts';

/** A tree that can be kept and given back; `openWorktree` of `@capstan/tools` gives one. */
export interface SnapshotTree {
  readonly snapshots: {
    take(options: {
      readonly runId: string;
      readonly label: string;
      readonly signal: AbortSignal;
    }): Promise<{ readonly id: string }>;
    /** Gives the tree back byte for byte. */
    restore(id: string): Promise<PatchSummary>;
  };
}

export interface PipelineOptions extends DirectedOptions {
  /** Names the run's model, `capstan/<name>`. Default `pipeline`. */
  readonly name?: string;
  /** Default: in memory, shared by the runs of this pipeline and by its agents that have none of their own. */
  readonly store?: RunStore;
  /** How often a step may mend what its check found, before the pipeline fails. Default 1. */
  readonly fixForward?: number;
  /** Kept before the first step; given back when the pipeline fails. Default: nothing is rolled back. */
  readonly worktree?: SnapshotTree;
}

/** Steps in a row, each taking what the one before gave. */
export interface Pipeline<In, Out> {
  /** Starts a run. Its events, approvals, stop and result are those of any run; `result.output` is the last hand-off. */
  run(input: In, options?: RunOptions): Run<Out>;
  /** Goes on with a run that paused, was stopped, met its budget, or whose process died: steps that were done stay done. */
  resume(runId: string, options?: ResumeOptions): Run<Out>;
  /** Keeps an answer to a call that a paused run waits on; see `Agent.answer`. */
  answer(runId: string, callId: string, answer: Answer): Promise<void>;
}

/** Steps of which each takes what the one before gives; the first that does not is named by the type error. */
export type Chained<S extends readonly unknown[]> = S extends readonly [infer A, infer B, ...infer Rest]
  ? OutputOf<A> extends InputOf<B>
    ? readonly [A, ...Chained<[B, ...Rest]>]
    : readonly [A, Stage<OutputOf<A>, OutputOf<B>>, ...Rest]
  : S;

type Last<S extends readonly unknown[]> = S extends readonly [...unknown[], infer L] ? L : never;

/**
 * Makes a pipeline of steps with typed hand-offs.
 *
 * A step that throws is tried again as often as its `retries` allow; one whose `check` finds something wrong is asked to
 * mend it, `fixForward` times. When that fails the work tree is rolled back and the run ends with reason `failed` and
 * the diagnostics. A run that is stopped or meets its budget leaves the tree as it is, to be resumed.
 *
 * @throws {CapstanError} `invalid_config` for two steps of one name.
 */
export function pipeline<const S extends readonly [Stage<never, unknown>, ...Stage<never, unknown>[]]>(
  steps: S & Chained<S>,
  options: PipelineOptions = {},
): Pipeline<InputOf<S[0]>, OutputOf<Last<S>>> {
  const { name = 'pipeline', store = memoryStore(), fixForward = 1, worktree, ...shared } = options;
  const stages: readonly Stage<never, unknown>[] = steps;
  checkNames(stages, worktree);
  const plan = { stages, fixForward, rollsBack: worktree !== undefined };
  const parts = stages.flatMap((stage) => Object.values(stage.steps));
  const runs = directed<OutputOf<Last<S>>>(name, {
    ...shared,
    store,
    direct: (history) => nextMove(plan, history),
    tools: (endByBudget) => [
      ...(worktree ? rollbackTools(worktree, name) : []),
      ...parts.flatMap((step) => stepTools(step, endByBudget)),
    ],
  });
  return {
    run: (input, rest = {}) => runs.start(input as Json, rest),
    resume: (runId, rest = {}) => runs.resume(runId, rest),
    answer: (runId, callId, answer) => answerApproval(store, runId, callId, answer),
  };
}

function checkNames(stages: readonly Stage<never, unknown>[], worktree: SnapshotTree | undefined): void {
  const taken = new Set(worktree ? [snapshotTool, rollbackTool] : []);
  for (const { name, check } of stages.flatMap((stage) => Object.values(stage.steps))) {
    for (const each of check ? [name, `check-${name}`] : [name]) {
      if (taken.has(each))
        throw new CapstanError('invalid_config', `Two steps are named "${each}". Rename one.`, { where: each });
      if (!/^[\w-]{1,64}$/.test(each)) {
        throw new CapstanError('invalid_config', `A step's name is letters, digits, "_" and "-", not "${each}".`, {
          where: each,
        });
      }
      taken.add(each);
    }
  }
}

function rollbackTools(worktree: SnapshotTree, label: string): Tool[] {
  const take: Tool = {
    ...directedTool,
    name: snapshotTool,
    description: 'Keeps the work tree as it is.',
    execute: async (_, { runId, signal }) =>
      (await worktree.snapshots.take({ runId, label: `before ${label}`, signal })).id,
  };
  const restore: Tool<{ snapshot: string }> = {
    ...directedTool,
    name: rollbackTool,
    description: 'Gives the work tree back as it was.',
    async execute({ snapshot }, { patched }) {
      const patch = await worktree.snapshots.restore(snapshot);
      if (patch.files.length > 0) patched(patch);
      return `${patch.files.length} files were given back.`;
    },
  };
  return [take, restore as Tool];
}
