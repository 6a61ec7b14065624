import type { Model } from '@capstan/sdk/contract';
import { differencesOf, type TapeDifference } from './differences.ts';
import { replayer, type ReplayOptions } from './replay.ts';
import { readTape, type TapeCall } from './tape.ts';

/** What a run of today asks otherwise than the run that was recorded. */
export interface TapeReport {
  /** True when every call was asked as recorded and none is left over. */
  readonly same: boolean;
  /** Calls that differ, by their number from 1. */
  readonly changed: readonly { readonly call: number; readonly differences: readonly TapeDifference[] }[];
  /** Recorded calls that were not asked. */
  readonly unused: number;
  /** Calls that were asked after the tape was over; they failed. */
  readonly extra: number;
}

/**
 * Runs something against a tape, answers its calls in recorded order whatever they ask, and says what it asks otherwise.
 *
 * @param run Given the model; what it throws after the tape is over is part of the report, not an error.
 * @throws {CapstanError} `not_found` or `invalid_config` for the file, and what `run` throws while the tape goes on.
 */
export async function verify(
  file: string,
  run: (model: Model) => Promise<unknown>,
  options: Omit<ReplayOptions, 'match' | 'timings'> = {},
): Promise<TapeReport> {
  const { calls } = readTape(file);
  const changed: { call: number; differences: readonly TapeDifference[] }[] = [];
  let asked = 0;
  let extra = 0;
  const model = replayer(file, { ...options, match: 'order' }, (call: TapeCall | undefined, request) => {
    if (!call) return void (extra += 1);
    asked += 1;
    const differences = differencesOf(call.request, request);
    if (differences.length > 0) changed.push({ call: asked, differences });
  });
  await run(model).catch((error: unknown) => {
    if (extra === 0) throw error;
  });
  const unused = calls.length - asked;
  return { same: changed.length === 0 && unused === 0 && extra === 0, changed, unused, extra };
}
