import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty as isTerminal } from 'node:tty';
import type { Interrupt, Io } from './io.ts';
import { interruptCode } from './exit-code.ts';

/** Makes the real outer world of a Node process. Call it once: it takes over the signals. */
export function processIo(host: NodeJS.Process): Io {
  const listeners = new Set<(interrupt: Interrupt) => void>();
  let ending = false;
  const interrupted = (interrupt: Interrupt): void => {
    const heard = [...listeners];
    listeners.clear();
    // A terminal or a reader that goes away says so in several ways at once: that hurries nobody who is ending already.
    const hurries = !ending || interrupt === 'SIGINT' || interrupt === 'SIGTERM';
    if (heard.length === 0 && hurries) host.exit(interruptCode(interrupt));
    ending ||= heard.length > 0;
    for (const listener of heard) listener(interrupt);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.on(signal, () => interrupted(signal));
  let piped = false;
  const broken = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    if (!piped) interrupted('SIGPIPE');
    piped = true;
  };
  host.stdout.on('error', broken);
  host.stderr.on('error', broken);
  return {
    env: host.env,
    cwd: host.cwd(),
    get stdin() {
      return host.stdin;
    },
    input: inputKind(),
    outIsTerminal: host.stdout.isTTY === true,
    errIsTerminal: host.stderr.isTTY === true,
    columns: () => host.stdout.columns ?? host.stderr.columns ?? 80,
    out: (text) => write(host.stdout, text),
    err: (text) => write(host.stderr, text),
    flush: async () => {
      await Promise.all([write(host.stdout, ''), write(host.stderr, '')]);
    },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clock: () => performance.now(),
  };
}

/** A failed write settles as well: a closed pipe reaches the program as an interrupt, once. */
function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((settle) => {
    if (stream.destroyed || stream.writableEnded) return settle();
    stream.write(text, () => settle());
  });
}

/** Looks at what stdin is without reading it: a look through `process.stdin` would start a reader. */
function inputKind(): Io['input'] {
  try {
    const stat = fstatSync(0);
    if (stat.isFile()) return 'file';
    if (stat.isFIFO() || stat.isSocket()) return 'pipe';
    return stat.isCharacterDevice() && isTerminal(0) ? 'terminal' : 'none';
  } catch {
    return 'none';
  }
}
