import { CapstanError } from '../contract/errors.ts';
import type { Hook, HookContext } from '../contract/hook.ts';
import type { Message } from '../contract/message.ts';
import type { LoopContext } from './context.ts';
import { messageOf } from './message-of.ts';

const defaultTimeoutMs = 10_000;

/** Points at which a hook takes a value and may give another. */
type ChangePoint = 'beforeRun' | 'beforeModel' | 'afterModel' | 'afterTool';
type ValueAt<P extends ChangePoint> = Parameters<NonNullable<Hook[P]>>[0];

/**
 * Takes a value through the hooks of one point.
 *
 * @throws {CapstanError} `invalid_config` when a hook throws or outlives its time.
 */
export async function throughHooks<P extends ChangePoint>(
  hooks: readonly Hook[],
  point: P,
  value: ValueAt<P>,
  at: HookContext,
): Promise<ValueAt<P>> {
  let current = value;
  for (const hook of hooks) {
    const change = hook[point] as ((value: ValueAt<P>, at: HookContext) => ValueAt<P> | void) | undefined;
    if (change) current = (await inTime(hook, point, () => change(current, at), at)) ?? current;
  }
  return current;
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
export function hookContext({ runId, sessionId, ledger, signal }: LoopContext): HookContext {
  return { runId, sessionId, turn: ledger.turns, signal };
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
