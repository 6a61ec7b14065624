import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';

/**
 * Every change of the log's form, in one place: each raises an event by one version, the first from version 1 to 2. Keep a log
 * of the version before in `__fixtures__` with each that is added.
 */
const migrations: readonly Migration[] = [];

/** The version of the log that this package writes. */
export const logVersion = migrations.length + 1;

/** Raises an event by one version. */
export type Migration = (event: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/**
 * Reads one event as JSON, raising it to today's version.
 *
 * @param history Replaces the migrations, for tests.
 * @throws {CapstanError} `store_failed` for text that is no event, and for a version this package does not know.
 */
export function readEvent(json: string, history: readonly Migration[] = migrations): DurableEvent {
  const value = parse(json);
  if (typeof value !== 'object' || value === null || !('v' in value) || !('seq' in value) || !('type' in value)) {
    throw new CapstanError('store_failed', `This is no event of a run: ${json.slice(0, 80)}`);
  }
  if (typeof value.v !== 'number' || value.v > history.length + 1 || value.v < 1) {
    throw new CapstanError(
      'store_failed',
      `Event ${String(value.seq)} has version ${String(value.v)}, this Capstan reads up to ${history.length + 1}. Upgrade Capstan to read it.`,
    );
  }
  if (value.v === history.length + 1) return value as DurableEvent;
  let event: Readonly<Record<string, unknown>> = { ...value };
  for (const raise of history.slice(value.v - 1)) event = raise(event);
  return { ...event, v: history.length + 1 } as unknown as DurableEvent;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new CapstanError('store_failed', `This is no JSON: ${json.slice(0, 80)}`, {}, { cause });
  }
}
