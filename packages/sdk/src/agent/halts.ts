import type { Halt } from '../loop/context.ts';

const longestTimerMs = 2 ** 31 - 1;

/** Halts a run when its time is up. Returns how to call that off. */
export function haltAtDeadline(deadline: number, halt: (reason: Halt) => void): () => void {
  if (!Number.isFinite(deadline)) return () => {};
  let timer: NodeJS.Timeout;
  const arm = () => {
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) halt({ kind: 'budget', limit: 'seconds' });
    else timer = setTimeout(arm, Math.min(leftMs, longestTimerMs));
  };
  timer = setTimeout(arm, Math.min(Math.max(0, deadline - Date.now()), longestTimerMs));
  return () => clearTimeout(timer);
}

/** Halts a run when its caller's signal aborts. Returns how to call that off. */
export function haltOnAbort(signal: AbortSignal | undefined, halt: (reason: Halt) => void): () => void {
  if (!signal) return () => {};
  const stop = () => {
    const { reason } = signal as { reason: unknown };
    halt({ kind: 'stop', words: reason instanceof Error ? reason.message : String(reason) });
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  return () => signal.removeEventListener('abort', stop);
}
