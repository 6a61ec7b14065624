import { outputDecoder } from './decode-output.ts';

/** Passes output on to whoever watches, a few times a second. */
export interface ProgressFeed {
  push(chunk: Buffer): void;
  /** Sends what waits. Safe to call twice. */
  end(): void;
}

const everyMs = 50;
const maxPiece = 16_384;
const escapes =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]|[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/**
 * Makes a feed of live output: colours stripped, at most twenty pieces a second, and of a flood only the last 16 K
 * characters of each piece.
 */
export function progressFeed(progress: (text: string) => void): ProgressFeed {
  const decoder = outputDecoder();
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const text = waiting.replace(escapes, '').replace(/\r\n?/g, '\n').replaceAll('\b', '');
    waiting = '';
    if (text !== '') progress(text);
  };
  return {
    push(chunk) {
      // Of a flood, decoding what nobody can read would only cost time.
      const seen = chunk.length > maxPiece ? chunk.subarray(-maxPiece) : chunk;
      waiting += decoder.push(seen);
      if (waiting.length > maxPiece) waiting = `…${waiting.slice(-maxPiece)}`;
      timer ??= setTimeout(flush, everyMs);
    },
    end: flush,
  };
}
