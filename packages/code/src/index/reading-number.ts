import type { Reading } from '../parse/language.ts';

const readings: readonly Reading[] = ['text', 'typescript', 'javascript', 'python', 'go'];

/** The number that stands for a reading in a segment. */
export function readingNumber(reading: Reading): number {
  return readings.indexOf(reading);
}

/** The reading of a number. */
export function readingOfNumber(number: number): Reading {
  return readings[number] ?? 'text';
}
