import { CapstanError } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';

export interface ReadTaskOptions {
  /** Waits for stdin to end, however long it takes. */
  readonly stdin?: boolean | undefined;
  /** Milliseconds to wait for a pipe's first byte when not told to wait. Default 1,000. */
  readonly firstByteMs?: number;
}

/** Most of stdin that is taken as context, in UTF-8 bytes. */
const maxBytes = 1_000_000;

/**
 * Puts the task together: the words of the command line, and what is piped in as context under them. The task `-` is
 * stdin itself.
 *
 * A pipe that nobody writes to, as programs that start other programs leave it, must not hang the run: if no byte came
 * in a second, stdin is left alone, with a line that says so.
 */
export async function readTask(words: readonly string[], io: Io, options: ReadTaskOptions = {}): Promise<string> {
  const task = words.join(' ').trim();
  const alone = task === '-';
  const readable = io.input === 'file' || io.input === 'pipe';
  if ((alone || options.stdin) && !readable) {
    throw new CapstanError('invalid_config', 'Nothing is piped in on stdin. Pipe text in, or give the task in words.', {
      where: 'stdin',
    });
  }
  if (task === '') throw new CapstanError('invalid_config', 'Say what to do: capstan run "TASK".', { where: 'TASK' });
  if (!readable) return task;
  const wait = alone || options.stdin || io.input === 'file' ? undefined : (options.firstByteMs ?? 1000);
  const text = await readAll(io, wait);
  if (text === undefined)
    await io.err('Nothing came on stdin within a second; going on without it. Give --stdin to wait for it.\n');
  if (alone) return nonEmpty(text ?? '');
  return text === undefined || text.trim() === '' ? task : `${task}\n\n<stdin>\n${text}\n</stdin>`;
}

function nonEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new CapstanError('invalid_config', 'The task on stdin is empty.', { where: 'stdin' });
}

/** Reads stdin to its end; `undefined` when no first byte came in time. */
async function readAll(io: Io, firstByteMs: number | undefined): Promise<string | undefined> {
  const { stdin } = io;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((settle, fail) => {
    const late = () => {
      stdin.pause();
      stdin.removeAllListeners();
      settle(undefined);
    };
    const timer = firstByteMs === undefined ? undefined : setTimeout(late, firstByteMs);
    stdin.on('data', (chunk: Buffer | string) => {
      clearTimeout(timer);
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      chunks.push(bytes);
      if (size > maxBytes)
        fail(
          new CapstanError(
            'invalid_config',
            `More than ${maxBytes} bytes came on stdin. Write it to a file and name the file in the task.`,
            { where: 'stdin' },
          ),
        );
    });
    stdin.on('end', () => {
      clearTimeout(timer);
      settle(Buffer.concat(chunks).toString('utf8'));
    });
    stdin.on('error', fail);
  });
}
