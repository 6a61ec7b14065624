import type { Budget } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Json } from '../contract/json.ts';
import type { Run, RunOptions } from '../contract/run.ts';
import type { RunStore } from '../contract/store.ts';
import type { Tool } from '../contract/tool.ts';
import { Slots } from '../loop/slots.ts';
import type { CallRecord, History, Move } from '../pipeline/director.ts';
import { directed } from '../pipeline/run-directed.ts';
import type { EndByBudget } from '../pipeline/step-tool.ts';
import { directedTool, stepContext } from '../pipeline/step-tool.ts';
import { memoryStore } from '../session/memory-store.ts';
import { byEvidence } from './by-evidence.ts';
import type { Judge } from './judge.ts';
import { runTrial } from './run-trial.ts';
import type { Candidate, ExperimentOutcome, Trial, Verdict, Workspace, Workspaces } from './trial.ts';

export interface ExperimentOptions<W extends Workspace> {
  readonly task: string;
  /** Tried side by side; the order decides between equals. */
  readonly candidates: readonly Candidate<W>[];
  readonly workspaces: Workspaces<W>;
  /** Default: `byEvidence`. */
  readonly judge?: Judge;
  /** Candidates that work at the same time, at most 8. Default 2. */
  readonly atOnce?: number;
  /** Limits of all candidates and the judge together. Default: none. */
  readonly budget?: Budget;
  /** Default: in memory. */
  readonly store?: RunStore;
  /** `false` keeps the winner's patch as a proposal, too. Default true. */
  readonly apply?: boolean;
}

/**
 * Lets several candidates do one task, each in a tree of its own, and applies the best work to the main tree.
 *
 * It is a run: candidates' events show as `child`, stop ends all of them, `result.output` is the outcome. The main tree is
 * not touched until the winner's patch is applied, which is all or nothing and can be rolled back; the others stay as
 * proposed patches. A candidate that would need approval, with nobody there to give it, ends with reason `approval`.
 * An experiment that was cut off is not resumed, but begun anew.
 *
 * @throws {CapstanError} `invalid_config` for no candidates, or two of one name.
 */
export function experiment<W extends Workspace>(
  options: ExperimentOptions<W>,
  run: Omit<RunOptions, 'budget'> = {},
): Run<ExperimentOutcome> {
  const { task, candidates, atOnce = 2, budget, store = memoryStore(), apply = true } = options;
  checkCandidates(candidates, atOnce);
  const names = candidates.map(({ name }) => name);
  const runs = directed<ExperimentOutcome>('experiment', {
    store,
    ...(budget ? { budget } : {}),
    direct: (history) => nextMove(history, { names, apply }),
    tools: (endByBudget) => experimentTools({ ...options, atOnce }, endByBudget),
  });
  return runs.start(task, run);
}

const judgeTool = 'judge';
const applyTool = 'apply';

function tryTool(name: string): string {
  return `try-${name.replaceAll('.', '_')}`;
}

function checkCandidates(candidates: readonly { readonly name: string }[], atOnce: number): void {
  const wrong = (why: string) => new CapstanError('invalid_config', why, { where: 'candidates' });
  if (candidates.length === 0) throw wrong('An experiment needs candidates.');
  const tools = new Set(candidates.map(({ name }) => tryTool(name)));
  if (tools.size < candidates.length) throw wrong('Two candidates have one name. Give each a name of its own.');
  const odd = candidates.find(({ name }) => !/^\w[\w.-]{0,49}$/.test(name));
  if (odd) throw wrong(`A candidate's name is letters, digits, "_", "." and "-", the first no dot, not "${odd.name}".`);
  if (!Number.isSafeInteger(atOnce) || atOnce < 1 || atOnce > 8) throw wrong('atOnce is a whole number from 1 to 8.');
}

/** Trials first, all in one go; then the judge; then the winner's patch. */
function nextMove(
  history: History,
  { names, apply }: { readonly names: readonly string[]; readonly apply: boolean },
): Move {
  const done = (tool: string) => history.records.find((record) => record.tool === tool);
  const tried = names.map((name) => done(tryTool(name)));
  if (tried.some((record) => !record)) return { calls: names.map((name) => ({ tool: tryTool(name), input: {} })) };
  const trials = tried.map((record, i) => trialOf(record, names[i] ?? ''));
  const judged = done(judgeTool);
  if (!judged) return { calls: [{ tool: judgeTool, input: { trials } as unknown as Json }] };
  if (judged.outcome !== 'done') return failed(`The judge failed: ${judged.text}`);
  const verdict = JSON.parse(judged.text) as Verdict;
  const patch = trials.find(({ name }) => name === verdict.winner)?.patch;
  const outcome = { ...verdict, trials };
  if (!apply || !patch) return { done: outcome as unknown as Json };
  const applied = done(applyTool);
  if (!applied) return { calls: [{ tool: applyTool, input: { patch: patch.id } }] };
  if (applied.outcome !== 'done') {
    return failed(
      `The work of ${verdict.winner} could not be applied: ${applied.text} It is kept as patch ${patch.id}.`,
    );
  }
  return { done: { ...outcome, applied: JSON.parse(applied.text) as Json } as unknown as Json };
}

function trialOf(record: CallRecord | undefined, name: string): Trial {
  if (record?.outcome === 'done') return JSON.parse(record.text) as Trial;
  return { name, reason: 'failed', text: record?.text ?? '', seconds: 0 };
}

function failed(why: string): Move {
  return { failed: new CapstanError('tool_failed', why) };
}

function experimentTools<W extends Workspace>(
  { task, candidates, workspaces, judge = byEvidence, atOnce }: ExperimentOptions<W> & { readonly atOnce: number },
  endByBudget: EndByBudget,
): readonly Tool[] {
  const slots = new Slots(atOnce);
  const trying = candidates.map((candidate): Tool => ({
    ...directedTool,
    name: tryTool(candidate.name),
    description: `Lets ${candidate.name} do the task in a tree of its own.`,
    execute: async (_, context) => JSON.stringify(await runTrial({ task, candidate, workspaces, slots }, context)),
  }));
  const judging: Tool<{ trials: readonly Trial[] }> = {
    ...directedTool,
    name: judgeTool,
    description: 'Says which work wins.',
    async execute({ trials }, context) {
      const { signal, ask } = stepContext({ input: null }, context, endByBudget);
      return JSON.stringify(checkedVerdict(await judge(trials, { task, signal, ask }), trials));
    },
  };
  const applying: Tool<{ patch: string }> = {
    ...directedTool,
    name: applyTool,
    description: "Applies the winner's patch to the main tree.",
    async execute({ patch }, { patched }) {
      const { id, files, added, removed } = await workspaces.apply(patch);
      patched({ id, files, added, removed });
      return JSON.stringify({ id, files, added, removed });
    },
  };
  return [...trying, judging as Tool, applying as Tool];
}

function checkedVerdict({ winner, why }: Verdict, trials: readonly Trial[]): Verdict {
  if (winner === undefined) return { why };
  const chosen = trials.find(({ name }) => name === winner);
  if (chosen?.patch) return { winner, why };
  throw new CapstanError(
    'tool_failed',
    `The judge chose "${winner}", which ${chosen ? 'changed nothing' : 'is no candidate'}.`,
  );
}
