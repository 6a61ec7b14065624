import { CapstanError } from '../contract/errors.ts';
import type { DurableEvent } from '../contract/event.ts';

/** The version of the log that this package writes. */
export const logVersion = 1;

/** Raises an event by one version; the index is the version it raises from. Version 1 is the first. */
const migrations: readonly ((event: object) => object)[] = [];

/**
 * Reads one event as JSON, raising it to today's version.
 *
 * @throws {CapstanError} `store_failed` for text that is no event, and for a version this package does not know.
 */
export function readEvent(json: string): DurableEvent {
  const value = parse(json);
  if (typeof value !== 'object' || value === null || !('v' in value) || !('seq' in value) || !('type' in value)) {
    throw new CapstanError('store_failed', `This is no event of a run: ${json.slice(0, 80)}`);
  }
  if (typeof value.v !== 'number' || value.v > logVersion || value.v < 1) {
    throw new CapstanError(
      'store_failed',
      `Event ${String(value.seq)} has version ${String(value.v)}. Upgrade Capstan to read it.`,
    );
  }
  let event: object = value;
  for (const raise of migrations.slice(value.v - 1)) event = raise(event);
  return event as DurableEvent;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new CapstanError('store_failed', `This is no JSON: ${json.slice(0, 80)}`, {}, { cause });
  }
}
