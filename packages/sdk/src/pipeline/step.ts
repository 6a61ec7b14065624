import type { Agent } from '../agent/create-agent.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Json, JsonSchema } from '../contract/json.ts';
import type { ChildResult } from '../agent/run-child.ts';
import type { RunInput } from '../contract/run.ts';
import type { Schema, StandardSchema } from '../contract/schema.ts';

/** A schema of a known value. */
export type SchemaOf<T> = StandardSchema<any, T> | JsonSchema; // eslint-disable-line @typescript-eslint/no-explicit-any

/** One stage of a pipeline: takes what the stage before gave. Made by `step`, `agentStep` and `parallel`. */
export interface Stage<In, Out> {
  /** Steps that run side by side; a stage that is one step has one, named `''`. */
  readonly steps: { readonly [branch: string]: StepParts };
  /** Never set: carries the types of the hand-off. */
  readonly types?: (input: In) => Out;
}

/** A step as the pipeline runs it. */
export interface StepParts {
  readonly name: string;
  readonly description: string;
  readonly retries: number;
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly work: (input: never, at: StepContext) => unknown;
  readonly check: ((output: never, at: CheckContext) => CheckAnswer | Promise<CheckAnswer>) | undefined;
}

export interface CheckContext {
  readonly signal: AbortSignal;
  readonly runId: string;
  readonly sessionId: string;
}

/** Nothing when all is well, else what is wrong: test output, type errors, in words the step can mend by. */
export type CheckAnswer = string | undefined | void;

/** What a step works with. */
export interface StepContext extends CheckContext {
  /** The same when the step runs again because its process died: an idempotency key. */
  readonly key: string;
  /** When the step is to mend its earlier work: what was wrong with it. */
  readonly diagnostics?: string;
  /** Words the user steered the run with before this step. */
  readonly notes: readonly string[];
  /** Sends a piece of live output to readers as `tool.progress`. */
  readonly progress: (text: string) => void;
  /**
   * Asks an agent, as a child of this run: its events show as `child`, it draws on the pipeline's budget.
   *
   * @returns The result of a run that is done. Waiting for people, a stop and a spent budget pass through.
   * @throws {CapstanError} `tool_failed` when the child failed, or met a limit of its own.
   */
  ask<Output>(agent: Agent<Output>, input: RunInput): Promise<ChildResult<Output>>;
}

/** A step that is a function. */
export interface StepDefinition<In, Out> {
  /** Letters, digits, `_` and `-`; events name it as the tool. */
  readonly name: string;
  /** Checks what the step before gave. */
  readonly input?: SchemaOf<In>;
  /** Checks what this step gives. */
  readonly output?: SchemaOf<Out>;
  /** What it gives is handed on as JSON. A step whose process died runs again with the same `key`. */
  readonly run: (input: In, at: StepContext) => Out | Promise<Out>;
  /**
   * Judges the step's work. What is wrong goes back to the step as `diagnostics`, as often as the pipeline's `fixForward`
   * allows; throwing says what is wrong, too.
   */
  readonly check?: (output: Out, at: CheckContext) => CheckAnswer | Promise<CheckAnswer>;
  /** How often a step that throws is tried again, from the start. Default 0. */
  readonly retries?: number;
}

/** A step that is an agent's. */
export interface AgentStepDefinition<In, Output> extends Omit<
  StepDefinition<In, AgentReply<Output>>,
  'run' | 'output'
> {
  readonly agent: Agent<Output>;
  /** Makes the task of what the step before gave. */
  readonly prompt: (input: In) => RunInput;
}

/** What an agent hands on: the value of its output schema, else its last text. */
export type AgentReply<Output> = Json extends Output ? string : Output;

/** Makes a step of a function. */
export function step<In, Out>(definition: StepDefinition<In, Out>): Stage<NoInfer<In>, NoInfer<Out>> {
  return stageOf(definition, `Step ${definition.name}.`, definition.run);
}

/**
 * Makes a step of an agent. When its `check` finds something wrong, the agent goes on in the same conversation with the
 * diagnostics.
 */
export function agentStep<In, Output>(
  definition: AgentStepDefinition<In, Output>,
): Stage<NoInfer<In>, NoInfer<AgentReply<Output>>> {
  const { agent, prompt, name, ...rest } = definition;
  const work = async (input: In, at: StepContext): Promise<AgentReply<Output>> => {
    const task = at.diagnostics === undefined ? prompt(input) : mend(at.diagnostics);
    const { output, text } = await at.ask(agent, withNotes(task, at.notes));
    return (output ?? text) as AgentReply<Output>;
  };
  return stageOf({ ...rest, name }, `Hands the work to an agent: ${name}.`, work);
}

/** Makes a stage of steps that run side by side on the same input; it gives what they give, by their names. */
export function parallel<const B extends { readonly [branch: string]: Stage<never, unknown> }>(
  branches: B,
): Stage<InputOfAll<B>, { readonly [K in keyof B]: OutputOf<B[K]> }> {
  const steps: Record<string, StepParts> = {};
  for (const [branch, stage] of Object.entries(branches)) {
    const only = stage.steps[''];
    if (!only || branch === '')
      throw new CapstanError(
        'invalid_config',
        `The branch "${branch}" is not one step. Branches hold steps, not other branches.`,
        { where: branch },
      );
    steps[branch] = only;
  }
  return { steps };
}

export type InputOf<S> = S extends Stage<infer In, infer _> ? In : never;
export type OutputOf<S> = S extends Stage<never, infer Out> ? Out : never;
type InputOfAll<B> = { [K in keyof B]: (input: InputOf<B[K]>) => void }[keyof B] extends (input: infer In) => void
  ? In
  : never;

function stageOf<In, Out>(
  { name, input, output, check, retries = 0 }: Omit<StepDefinition<In, Out>, 'run'>,
  description: string,
  work: (input: In, at: StepContext) => Out | Promise<Out>,
): Stage<In, Out> {
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new CapstanError('invalid_config', `retries of step "${name}" must be a whole number of 0 or more.`, {
      where: name,
    });
  }
  return { steps: { '': { name, description, retries, input, output, work, check } } };
}

function mend(diagnostics: string): string {
  return `The work does not hold yet. This is what the check says:\n\n${diagnostics}\n\nMend it, and nothing else.`;
}

function withNotes(task: RunInput, notes: readonly string[]): RunInput {
  if (notes.length === 0) return task;
  const text = `\n\nThe user adds: ${notes.join('\n')}`;
  return typeof task === 'string' ? task + text : [...task, { type: 'text', text }];
}
