import { CapstanError } from '../contract/errors.ts';
import type { TurnEnded } from '../contract/event.ts';
import type { Compaction, Hook, HookContext, Veto } from '../contract/hook.ts';
import type { Message } from '../contract/message.ts';
import type { LoopContext } from './context.ts';
import { messageOf } from './message-of.ts';

const defaultTimeoutMs = 10_000;

/** Points at which a hook takes a value and may give another. */
type ChangePoint = 'beforeRun' | 'beforeModel' | 'afterModel' | 'afterTool';
type ValueAt<P extends ChangePoint> = Parameters<NonNullable<Hook[P]>>[0];

/**
 * Takes a value through the hooks of one point; gives the words of the first that vetoes.
 *
 * @throws {CapstanError} `invalid_config` when a hook throws or outlives its time.
 */
export async function throughHooks<P extends ChangePoint>(
  hooks: readonly Hook[],
  point: P,
  value: ValueAt<P>,
  at: HookContext,
): Promise<ValueAt<P> | Veto> {
  let current = value;
  for (const hook of hooks) {
    const change = hook[point] as ((value: ValueAt<P>, at: HookContext) => ValueAt<P> | Veto | void) | undefined;
    if (!change) continue;
    const changed = await inTime(hook, point, () => change(current, at), at);
    if (changed && 'veto' in changed) return changed;
    current = changed ?? current;
  }
  return current;
}

/** What hooks say before a turn: words to add, up to the first veto. */
export async function wordsBeforeTurn(
  context: LoopContext,
): Promise<{ readonly add: string[]; readonly veto?: string }> {
  const at = hookContext(context);
  const add: string[] = [];
  for (const hook of context.hooks) {
    const { beforeTurn } = hook;
    if (!beforeTurn) continue;
    const said = await inTime(hook, 'beforeTurn', () => beforeTurn(context.messages, at), at);
    if (said && 'veto' in said) return { add, veto: said.veto };
    if (said) add.push(said.add);
  }
  return { add };
}

/** The words that hooks add after a turn. */
export async function wordsAfterTurn(context: LoopContext, ended: TurnEnded): Promise<readonly string[]> {
  const at = hookContext(context);
  const add: string[] = [];
  for (const hook of context.hooks) {
    const { afterTurn } = hook;
    const said = afterTurn && (await inTime(hook, 'afterTurn', () => afterTurn(ended, at), at));
    if (said) add.push(said.add);
  }
  return add;
}

/** Takes a compaction's summary through the hooks. */
export async function hookedSummary(context: LoopContext, compaction: Compaction): Promise<string> {
  const at = hookContext(context);
  let { summary } = compaction;
  if (context.replayed) return summary;
  for (const hook of context.hooks) {
    const { afterCompaction } = hook;
    if (!afterCompaction) continue;
    const now = { ...compaction, summary };
    summary = (await inTime(hook, 'afterCompaction', () => afterCompaction(now, at), at))?.summary ?? summary;
  }
  return summary;
}

/** Takes a call through the hooks: the input they leave, or the words of the one that vetoed. */
export async function callThroughHooks(
  context: LoopContext,
  call: { readonly callId: string; readonly tool: string; readonly input: unknown },
): Promise<{ readonly input: unknown; readonly changed: boolean } | { readonly veto: string }> {
  let { input } = call;
  let changed = false;
  const at = hookContext(context);
  for (const hook of context.hooks) {
    const { beforeTool } = hook;
    if (!beforeTool) continue;
    const answer = await inTime(hook, 'beforeTool', () => beforeTool({ ...call, input }, at), at);
    if (answer && 'veto' in answer) return answer;
    if (answer) [input, changed] = [answer.input, true];
  }
  return { input, changed };
}

/** Asks the hooks whether old messages may be compacted. */
export async function mayCompact(context: LoopContext, messages: readonly Message[]): Promise<boolean> {
  const at = hookContext(context);
  for (const hook of context.hooks) {
    const { beforeCompaction } = hook;
    if (!beforeCompaction) continue;
    const answer = await inTime(hook, 'beforeCompaction', () => beforeCompaction(messages, at), at);
    if (answer?.veto) return false;
  }
  return true;
}

/** What hooks are told of where a run stands. */
export function hookContext({ runId, sessionId, turn, signal }: LoopContext): HookContext {
  return { runId, sessionId, turn: turn.number, signal };
}

/** Runs one function of a hook; a run that is stopped does not wait for it. */
export async function inTime<T>(
  hook: Hook,
  point: string,
  work: () => T | Promise<T>,
  { signal }: { readonly signal: AbortSignal },
): Promise<T> {
  const timeoutMs = hook.timeoutMs ?? defaultTimeoutMs;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`did not end within ${timeoutMs} ms`)), timeoutMs);
  const stop = () => late.reject(new Error('the run was stopped'));
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([(async () => work())(), late.promise]);
  } catch (cause) {
    const message = `Hook "${hook.name}" failed in ${point}: ${messageOf(cause)}`;
    throw new CapstanError('invalid_config', message, { where: hook.name }, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
