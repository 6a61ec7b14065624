import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import {
  CapstanError,
  type ErrorInfo,
  isCapstanError,
  type Json,
  type Model,
  type ModelEvent,
  type ModelRequest,
} from '@capstan/sdk/contract';
import { keepEvents, type Timed } from './keep-events.ts';
import { keepRequest, packRequest } from './keep-request.ts';
import { type Mask, maskDeep, tapeMask } from './mask.ts';
import type { TapeCall, TapeEntry, TapeLine } from './tape.ts';

export interface RecordOptions {
  /** Further texts that must not be on the tape. What looks like a key or like personal data is masked anyway. */
  readonly secrets?: readonly string[];
  /** The home directory, kept as a mark so that the tape replays for other users. Default: the user's. */
  readonly home?: string;
  /** Milliseconds that only grow. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Gives a model that does what the given one does and keeps every call on a tape, to be replayed with `replay`.
 *
 * The first call begins the file anew, readable by its owner only. A call is on the tape, with the timing of its events,
 * before its last event is given. Keys and personal data are masked on the tape, not for the reader.
 *
 * @throws {CapstanError} From `stream`: what the model throws, and `store_failed` if the tape cannot be written.
 */
export function record(
  model: Model,
  file: string,
  { secrets = [], home = homedir(), now = () => performance.now() }: RecordOptions = {},
): Model {
  const mask = tapeMask({ secrets, home });
  const write = writer(file, { tape: 1, model: model.id, info: model.info });

  async function* stream(
    request: ModelRequest,
    options: { readonly signal: AbortSignal },
  ): AsyncGenerator<ModelEvent, void, undefined> {
    const start = now();
    const events: Timed[] = [];
    let end: TapeCall['end'] | undefined = 'left';
    const keep = (): Promise<void> => {
      const ended = end;
      end = undefined;
      return ended === undefined
        ? Promise.resolve()
        : write(request, { events, end: ended, ms: round(now() - start) }, mask);
    };
    try {
      for await (const event of model.stream(request, options)) {
        events.push([round(now() - start), event]);
        if (event.type === 'message') {
          end = 'done';
          await keep();
        }
        yield event;
      }
    } catch (error) {
      if (end !== undefined) end = errorOf(error, mask);
      throw error;
    } finally {
      await keep();
    }
  }

  return {
    id: model.id,
    info: model.info,
    stream,
    ...(model.countTokens ? { countTokens: (request) => model.countTokens?.(request) ?? 0 } : {}),
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function errorOf(error: unknown, mask: Mask): ErrorInfo {
  if (isCapstanError(error)) return maskDeep(error.toJSON() as unknown as Json, mask) as unknown as ErrorInfo;
  return { code: 'model_failed', message: mask(String(error)) };
}

type Write = (
  request: ModelRequest,
  call: { readonly events: readonly Timed[]; readonly end: TapeCall['end']; readonly ms: number },
  mask: Mask,
) => Promise<void>;

/** One write after the other, so that calls of the same time do not mix their lines. */
function writer(file: string, head: TapeLine): Write {
  const known = new Set<string>();
  let last: Promise<void> | undefined;

  async function append(lines: readonly TapeLine[]): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    try {
      if (last === undefined) {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text, { mode: 0o600 });
      } else {
        await last.catch(() => {});
        await appendFile(file, text);
      }
    } catch (cause) {
      throw new CapstanError(
        'store_failed',
        `The tape ${file} cannot be written (${(cause as Error).message}). Check the path and its rights.`,
        { where: file },
        { cause },
      );
    }
  }

  return async (request, { events, end, ms }, mask) => {
    const packed = packRequest(keepRequest(request, mask));
    const values = packed.values.filter(({ hash }) => !known.has(hash) && known.add(hash));
    const entry: TapeEntry = {
      print: packed.print,
      request: packed.request,
      events: keepEvents(events, mask),
      end,
      ms,
    };
    last = append([...(last === undefined ? [head] : []), ...values, entry]);
    await last;
  };
}
