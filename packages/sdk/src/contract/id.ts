import { monotonicFactory } from 'ulid';

const next = monotonicFactory();

/** Makes a ULID: 26 characters that sort by time, also within one millisecond. */
export function newId(): string {
  return next();
}
