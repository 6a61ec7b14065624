import type { DurableEvent } from '../contract/event.ts';

/**
 * Fields that tell of time or of the machine, which may differ between a run and its replay; `shown` is a hash over a preview
 * before its secrets were masked.
 */
const timely = new Set(['shown', 'at', 'seq', 'waitMs', 'durationMs', 'expiresAt', 'versions', 'retryAfterMs']);

/** An event as it is compared: without what time decides. */
export function normalEvent(event: DurableEvent): unknown {
  return JSON.parse(JSON.stringify(event, (key, value: unknown) => (timely.has(key) ? undefined : value))) as unknown;
}

/** Tells events that are compared from those that time alone decides. */
export function isCompared(event: DurableEvent): boolean {
  return event.type !== 'session.renamed' && !(event.type === 'budget.warned' && event.limit === 'seconds');
}
