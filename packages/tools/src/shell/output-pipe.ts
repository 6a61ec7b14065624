import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A pipe of the system: a child writes `writeEnd` for both its outputs, we read `reader`. */
export interface OutputPipe {
  readonly reader: Socket;
  readonly writeEnd: number;
  /** Closes our copy of the write end, so that the reader ends with the last writer. Safe to call twice. */
  closeWriteEnd(): void;
}

/**
 * Opens a real pipe.
 *
 * Node gives children sockets, on which `echo x > /dev/stderr` fails, and one each for the two outputs, which loses the
 * order between them. A named pipe, unlinked once both ends are open, has neither fault.
 *
 * @param mkfifo Makes a named pipe at the path it is given.
 */
export async function openOutputPipe(mkfifo: (path: string) => Promise<void>): Promise<OutputPipe> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-'));
  try {
    const path = join(folder, 'out');
    await mkfifo(path);
    // Without O_NONBLOCK the open would wait for a writer.
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    return {
      reader: new Socket({ fd: readEnd, readable: true, writable: false }),
      writeEnd,
      closeWriteEnd: once(() => closeSync(writeEnd)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
