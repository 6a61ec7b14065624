import { homedir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { CapstanError, type Json, type Model, type ModelEvent, type ModelRequest } from '@capstan/sdk/contract';
import { differencesOf, tellDifference } from './differences.ts';
import { keepRequest, printOf } from './keep-request.ts';
import { homeMark, maskDeep, tapeMask } from './mask.ts';
import { readTape, type TapeCall, type TapeRequest } from './tape.ts';

export interface ReplayOptions {
  /** Gives events at their recorded times, or at once. Default `none`. */
  readonly timings?: 'recorded' | 'none';
  /**
   * Which recorded call answers: the first unused one with the same request, or simply the next. Default `request`.
   */
  readonly match?: 'request' | 'order';
  /** As given to `record`. */
  readonly secrets?: readonly string[];
  /** The home directory of who replays. Default: the user's. */
  readonly home?: string;
}

/** Gets to know which recorded call answered a request; `undefined` when the tape was over. */
export type OnCall = (call: TapeCall | undefined, request: TapeRequest) => void;

/**
 * Makes a model that answers from a tape that `record` has made, with the id and the prices of the recorded model.
 *
 * Recorded failures fail again. The same request asked twice is answered twice only if it was recorded twice.
 *
 * @throws {CapstanError} `not_found` or `invalid_config` for the file. From `stream`: `not_found` when no such call is on
 * the tape; the message says in what the request differs from the next recorded one.
 */
export function replay(file: string, options: ReplayOptions = {}): Model {
  return replayer(file, options, () => {});
}

/** As `replay`, and tells which recorded call answers. */
export function replayer(file: string, options: ReplayOptions, onCall: OnCall): Model {
  const { timings = 'none', match = 'request', secrets = [], home = homedir() } = options;
  const mask = tapeMask({ secrets, home });
  const used = new Set<TapeCall>();
  const tape = readTape(file);

  async function* stream(
    request: ModelRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<ModelEvent, void, undefined> {
    stopIf(signal, tape.model);
    const asked = keepRequest(request, mask);
    const call = find(asked);
    onCall(call, asked);
    if (!call)
      throw unknownCall(
        file,
        tape.calls.find((one) => !used.has(one)),
        asked,
      );
    used.add(call);
    let passed = 0;
    for (const { ms, event } of call.events) {
      if (timings === 'recorded') await pause(ms - passed, signal);
      passed = ms;
      stopIf(signal, tape.model);
      yield maskDeep(event as unknown as Json, (text) => text.replaceAll(homeMark, home)) as unknown as ModelEvent;
    }
    if (timings === 'recorded') await pause(call.ms - passed, signal);
    stopIf(signal, tape.model);
    if (call.end === 'done') return;
    throw endOf(call.end, tape.model);
  }

  function find(asked: TapeRequest): TapeCall | undefined {
    const left = tape.calls.filter((call) => !used.has(call));
    if (match === 'order') return left[0];
    const print = printOf(asked);
    return left.find((call) => call.print === print);
  }

  return { id: tape.model, info: tape.info, stream };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal }).catch(() => {});
}

function stopIf(signal: AbortSignal, model: string): void {
  if (signal.aborted) throw new CapstanError('aborted', `The call of ${model} was stopped.`, { model });
}

/** A call that its reader had left goes no further than it was read. */
function endOf(end: Exclude<TapeCall['end'], 'done'>, model: string): CapstanError {
  if (end === 'left')
    return new CapstanError(
      'model_failed',
      `The call of ${model} was not recorded to its end. Record the tape again.`,
      { retryable: false, model },
    );
  return new CapstanError(end.code, end.message, end.details);
}

function unknownCall(file: string, next: TapeCall | undefined, asked: TapeRequest): CapstanError {
  const told = next ? differencesOf(next.request, asked).slice(0, 5).map(tellDifference).join('; ') : '';
  const why = next ? `The next recorded call differs: ${told}.` : 'All its calls have been replayed.';
  return new CapstanError('not_found', `The tape ${file} has no call for this request. ${why} Record the tape again.`, {
    where: file,
  });
}
