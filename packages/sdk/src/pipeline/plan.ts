import { CapstanError } from '../contract/errors.ts';
import type { Json } from '../contract/json.ts';
import type { CallRecord, History, Move } from './director.ts';
import type { Stage, StepParts } from './step.ts';

/** What a pipeline does, as data. */
export interface Plan {
  readonly stages: readonly Stage<never, unknown>[];
  /** How often a step may mend what its check found. */
  readonly fixForward: number;
  /** The tree is kept before the first step and given back when a step has failed. */
  readonly rollsBack: boolean;
}

/** What a step's tool is called with. */
export interface StepCall {
  readonly input: Json;
  /** The call in whose session the step's children go on. Default: its own. */
  readonly session?: string;
  /** Runs that an agent of the step had in that session before. */
  readonly earlier?: number;
  readonly diagnostics?: string;
  readonly notes?: readonly string[];
}

export const snapshotTool = 'snapshot';
export const rollbackTool = 'roll-back';

/** Name of the tool that checks a step. */
export function checkTool(step: string): string {
  return `check-${step}`;
}

/** Works out the next move of a pipeline from what has happened: the same history always gives the same move. */
export function nextMove(plan: Plan, history: History): Move {
  const snapshot = plan.rollsBack ? lastDone(history, snapshotTool) : undefined;
  if (plan.rollsBack && !snapshot) {
    const failed = history.records.find(({ tool, outcome }) => tool === snapshotTool && outcome === 'failed');
    return failed ? { failed: failure(`The work tree could not be kept: ${failed.text}`) } : call(snapshotTool, {});
  }
  let value = history.input;
  for (const { steps } of plan.stages) {
    const states = Object.entries(steps).map(([branch, step]) => ({
      branch,
      ...stepState(plan, { step, value, history }),
    }));
    const calls = states.flatMap((state) => ('call' in state ? [state.call] : []));
    const failed = states.find((state) => 'failed' in state);
    if (failed && 'failed' in failed) return giveUp(history, failed.failed, snapshot);
    if (calls.length > 0) return { calls };
    value = joined(states.flatMap((state) => ('value' in state ? [[state.branch, state.value] as const] : [])));
  }
  return { done: value };
}

type StepState =
  | { readonly call: { readonly tool: string; readonly input: Json } }
  | { readonly value: Json }
  | { readonly failed: string };

interface StepAt {
  readonly step: StepParts;
  readonly value: Json;
  readonly history: History;
}

function stepState(plan: Plan, { step, value, history }: StepAt): StepState {
  const { name } = step;
  const mine = history.records.filter(({ tool }) => tool === name || tool === checkTool(name));
  const last = mine.at(-1);
  const notes = history.notes.length > 0 ? { notes: [...history.notes] } : {};
  if (!last) return { call: { tool: name, input: { input: value, ...notes } } };
  const work = mine.findLast(({ tool }) => tool === name) ?? last;
  if (last.tool === name) {
    if (last.outcome === 'interrupted')
      return { call: { tool: name, input: { ...callOf(last), ...sessionOf(last), ...notes } } };
    if (last.outcome === 'failed') return retried(step, mine, notes);
    return step.check ? check(step, last) : { value: JSON.parse(last.text) as Json };
  }
  if (last.outcome === 'done') return { value: JSON.parse(work.text) as Json };
  if (last.outcome === 'interrupted') return check(step, work);
  const fixes = mine.filter(
    (record) => record.tool === name && callOf(record).diagnostics !== undefined && record.outcome === 'done',
  );
  if (fixes.length >= plan.fixForward) return { failed: `Step "${name}" does not pass its check: ${last.text}` };
  const again = { input: value, ...sessionOf(work), earlier: (callOf(work).earlier ?? 0) + 1, diagnostics: last.text };
  return { call: { tool: name, input: { ...again, ...notes } } };
}

/** A step that threw begins anew, but for what it was to mend. */
function retried(step: StepParts, mine: readonly CallRecord[], notes: { readonly notes?: string[] }): StepState {
  const failures = mine.filter(({ tool, outcome }) => tool === step.name && outcome === 'failed');
  const last = failures.at(-1);
  if (!last || failures.length > step.retries) return { failed: `Step "${step.name}" failed: ${last?.text ?? ''}` };
  const { input, diagnostics } = callOf(last);
  return {
    call: { tool: step.name, input: { input, ...(diagnostics === undefined ? {} : { diagnostics }), ...notes } },
  };
}

function check({ name }: StepParts, work: CallRecord): StepState {
  return { call: { tool: checkTool(name), input: { output: JSON.parse(work.text) as Json } } };
}

function giveUp(history: History, why: string, snapshot: CallRecord | undefined): Move {
  if (!snapshot) return { failed: failure(why) };
  const restored = history.records.findLast(({ tool }) => tool === rollbackTool);
  if (!restored || restored.outcome === 'interrupted') return call(rollbackTool, { snapshot: snapshot.text });
  if (restored.outcome === 'done') return { failed: failure(`${why}\nThe work tree is as it was before the run.`) };
  return {
    failed: failure(
      `${why}\nThe work tree could not be rolled back: ${restored.text} Snapshot ${snapshot.text} is kept.`,
    ),
  };
}

function callOf({ input }: CallRecord): StepCall {
  return input as unknown as StepCall;
}

function sessionOf(record: CallRecord): { readonly session: string } {
  return { session: callOf(record).session ?? record.callId };
}

function call(tool: string, input: Json): Move {
  return { calls: [{ tool, input }] };
}

function lastDone({ records }: History, tool: string): CallRecord | undefined {
  return records.findLast((record) => record.tool === tool && record.outcome === 'done');
}

function joined(values: readonly (readonly [string, Json])[]): Json {
  const [first] = values;
  return first && first[0] === '' ? first[1] : Object.fromEntries(values);
}

function failure(why: string): CapstanError {
  return new CapstanError('tool_failed', why);
}
