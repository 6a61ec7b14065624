import { isDeepStrictEqual } from 'node:util';
import type { DurableEvent } from '../contract/event.ts';
import { normalEvent } from './normal-event.ts';

/** Where a replay first differs from what was recorded. */
export interface Difference {
  /** Number of the recorded event in its session; of the last one when the replay gave more. */
  readonly seq: number;
  /** The field that differs, such as `hashes.policy`; absent when the events are of different types or one is missing. */
  readonly field?: string;
  readonly recorded?: DurableEvent;
  readonly replayed?: DurableEvent;
}

/** Compares two events; undefined when they are the same but for times. */
export function difference(recorded: DurableEvent, replayed: DurableEvent): Difference | undefined {
  const [a, b] = [normalEvent(recorded), normalEvent(replayed)];
  if (isDeepStrictEqual(a, b)) return undefined;
  const field = recorded.type === replayed.type ? firstField(a, b) : undefined;
  return { seq: recorded.seq, ...(field === undefined ? {} : { field }), recorded, replayed };
}

function firstField(a: unknown, b: unknown, path = ''): string {
  if (!isObject(a) || !isObject(b)) return path;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const key = [...keys].find((each) => !isDeepStrictEqual(a[each], b[each])) ?? '';
  return firstField(a[key], b[key], path === '' ? key : `${path}.${key}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
