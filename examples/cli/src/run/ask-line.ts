import { createInterface } from 'node:readline';
import type { Io } from '../frame/io.ts';

/** Asks a person for one line; an end of input or an aborted signal gives `n`. */
export async function askLine(
  io: Io,
  show: (text: string) => Promise<void>,
  question: string,
  signal?: AbortSignal,
): Promise<string> {
  await show(question);
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    return await new Promise<string>((answer) => {
      lines.once('line', answer);
      lines.once('close', () => answer('n'));
      signal?.addEventListener('abort', () => answer('n'), { once: true });
    });
  } finally {
    lines.close();
  }
}
