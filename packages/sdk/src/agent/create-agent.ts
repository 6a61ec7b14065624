import type { Policy } from '@capstan/policy';
import type { Budget } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import { newId } from '../contract/id.ts';
import type { Hook } from '../contract/hook.ts';
import type { Instructions } from '../contract/instructions.ts';
import type { Json } from '../contract/json.ts';
import type { Model } from '../contract/model.ts';
import type { Answer, Answers, Run, RunInput, RunOptions } from '../contract/run.ts';
import type { Schema, SchemaOutput } from '../contract/schema.ts';
import type { RunStore } from '../contract/store.ts';
import type { Tool } from '../contract/tool.ts';
import { answerApproval } from '../session/answer-approval.ts';
import { memoryStore } from '../session/memory-store.ts';
import { keepInside } from './agent-inside.ts';
import type { AgentToolOptions } from './agent-tool.ts';
import { agentTool } from './agent-tool.ts';
import { askAlways } from './ask-always.ts';
import { LiveRun } from './live-run.ts';
import { SessionMemory } from './session-memory.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';

/** What an agent is made of. Only `model` is required. */
export interface AgentOptions<O extends Schema | undefined = undefined> {
  readonly model: Model;
  /** Default: none. */
  readonly tools?: readonly Tool<never>[];
  /** Default: a policy that asks before every effect. A function is asked at each decision, so rules may change meanwhile. */
  readonly policy?: Policy | (() => Policy);
  /** Limits of each run. Default: none. */
  readonly budget?: Budget;
  /** Default: in memory, shared by the runs of this agent. */
  readonly store?: RunStore;
  /** The system prompt: a text, or what puts one together for each run, such as `promptLayers`. */
  readonly instructions?: string | Instructions;
  /** Asks for a final reply of this shape, checked and given as `result.output`. */
  readonly output?: O;
  /** Functions between the steps of a run, in the order they run. Default: none. */
  readonly hooks?: readonly Hook[];
}

export interface ResumeOptions extends Pick<RunOptions, 'signal' | 'budget' | 'approvals'> {
  /** Answers to approvals the run paused on, by call id. */
  readonly answers?: Answers;
}

export interface Agent<Output = Json> {
  /** Starts a run. It goes on whether or not its events are read. */
  run(input: RunInput, options?: RunOptions): Run<Output>;
  /** Goes on with a run that paused, was stopped, failed, or whose process died. Spending so far counts. */
  resume(runId: string, options?: ResumeOptions): Run<Output>;
  /**
   * Keeps an answer to a call that a paused run waits on; from any process that shares the store. Resume the run when all
   * have answered.
   *
   * @throws {CapstanError} `not_found` if no such call waits, `conflict` if the run is not paused.
   */
  answer(runId: string, callId: string, answer: Answer): Promise<void>;
  /** Opens a conversation by its id, to run in, fork, rename, export or delete. */
  session(id: string): Session<Output>;
  /** Makes a tool that hands a task to this agent, which then works under the calling run's budget and approvals. */
  asTool(options: AgentToolOptions): Tool;
}

/**
 * Makes an agent: a model–tool loop whose output is a stream of typed events.
 *
 * @throws {CapstanError} `invalid_config` for options that no run could work with.
 */
export function createAgent<const O extends Schema | undefined = undefined>(
  options: AgentOptions<O>,
): Agent<O extends Schema ? SchemaOutput<O> : Json> {
  checkOptions(options);
  const shared = {
    ...options,
    tools: (options.tools ?? []) as readonly Tool[],
    policy: options.policy ?? askAlways,
    store: options.store ?? memoryStore(),
    memory: new SessionMemory(),
  };
  type Output = O extends Schema ? SchemaOutput<O> : Json;
  const run = (input: RunInput, { sessionId = newId(), ...rest }: RunOptions = {}) => {
    checkBudget(rest.budget);
    return new LiveRun<Output>(shared, { ...rest, sessionId, runId: newId(), input });
  };
  const compact = ({ sessionId, ...rest }: RunOptions & { readonly sessionId: string }) => {
    checkBudget(rest.budget);
    return new LiveRun<Output>(shared, { ...rest, sessionId, runId: newId(), compacts: true });
  };
  const own = { policy: options.policy !== undefined, store: options.store !== undefined };
  const inside = { parts: shared, own };
  const agent: Agent<Output> = {
    run,
    answer: (runId, callId, answer) => answerApproval(shared.store, runId, callId, answer),
    session: (id) => openSession(shared.store, id, { run, compact }),
    resume(runId, rest = {}) {
      checkBudget(rest.budget);
      return new LiveRun(shared, { ...rest, runId });
    },
    asTool: (tool) => agentTool(inside, tool),
  };
  return keepInside(agent, inside);
}

function checkOptions({ model, budget }: AgentOptions<Schema | undefined>): void {
  if (typeof model?.stream !== 'function') {
    throw new CapstanError(
      'invalid_config',
      "createAgent needs a model, such as model('anthropic/claude-sonnet-4-5').",
    );
  }
  checkBudget(budget);
}

const limits = ['costUsd', 'tokens', 'seconds', 'turns', 'toolCalls'];

/** @throws {CapstanError} `invalid_config` for a limit that does not exist or is no number of 0 or more. */
export function checkBudget(budget: Budget = {}): void {
  for (const [limit, value] of Object.entries(budget) as [string, unknown][]) {
    if (!limits.includes(limit)) {
      throw new CapstanError('invalid_config', `There is no budget limit "${limit}". Use ${limits.join(', ')}.`, {
        where: limit,
      });
    }
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw new CapstanError('invalid_config', `The budget limit ${limit} must be a number of 0 or more.`, {
        where: limit,
      });
    }
  }
}
