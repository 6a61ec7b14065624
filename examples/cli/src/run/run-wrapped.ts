import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import { plainText } from '../render/plain-text.ts';

/** How a wrapped command ended. */
export interface Wrapped {
  /** Its exit code; 128 and the signal's number when a signal ended it. */
  readonly exit: number;
  readonly signal?: NodeJS.Signals;
  /** The last part of what it printed, as plain text. */
  readonly tail: string;
}

/** Longest end of the output that is kept, in characters. */
const maxTail = 12_000;

/**
 * Runs a command as if nobody were between: its words are not seen by a shell, signals reach it, and on a terminal it
 * has one.
 *
 * What it prints is kept as it passes. A terminal cannot be listened to, so there the system's `script` stands in with
 * a second one; where there is none, the command keeps its terminal and only its exit code is known.
 */
export async function runWrapped(words: readonly string[], io: Io, { quiet = false } = {}): Promise<Wrapped> {
  const terminal = io.outIsTerminal && io.errIsTerminal && io.input === 'terminal' && !quiet;
  if (!terminal) return throughPipes(words, io, quiet);
  const script = ['/usr/bin/script', '/bin/script'].find((path) => existsSync(path));
  return script ? throughScript(script, words, io) : bare(words, io);
}

async function throughPipes(words: readonly string[], io: Io, quiet: boolean): Promise<Wrapped> {
  const kept = { text: '' };
  const child = start(words, ['inherit', 'pipe', 'pipe']);
  const pass = (write: Io['out']) => async (stream: AsyncIterable<Buffer>) => {
    for await (const chunk of stream) {
      kept.text = (kept.text + chunk.toString('utf8')).slice(-2 * maxTail);
      if (!quiet) await write(chunk);
    }
  };
  const [ended] = await Promise.all([
    endOf(child, words, io),
    pass(io.out)(child.stdout ?? empty()),
    pass(io.err)(child.stderr ?? empty()),
  ]);
  return { ...ended, tail: tailOf(kept.text) };
}

async function throughScript(script: string, words: readonly string[], io: Io): Promise<Wrapped> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-wrap-'));
  const file = join(folder, 'output');
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const args = process.platform === 'darwin' ? ['-q', file, ...words] : ['-qefc', line, file];
  try {
    const ended = await endOf(start([script, ...args], 'inherit'), words, io);
    return {
      ...ended,
      tail: tailOf(readFileSync(file, 'utf8').replace(/^Script started.*\n|\nScript done.*\n?$/g, '')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bare(words: readonly string[], io: Io): Promise<Wrapped> {
  return {
    ...(await endOf(start(words, 'inherit'), words, io)),
    tail: '(not captured: run the command to see its output)',
  };
}

type Child = ReturnType<typeof start>;

function start(words: readonly string[], stdio: 'inherit' | ('inherit' | 'pipe')[]) {
  const [program = '', ...args] = words;
  return spawn(program, args, { stdio });
}

/** On a terminal Ctrl-C reaches the command by itself; a signal sent to us alone is handed on. */
function endOf(child: Child, words: readonly string[], io: Io): Promise<Omit<Wrapped, 'tail'>> {
  const hand = (): (() => void) =>
    io.onInterrupt((interrupt) => {
      release = hand();
      if (interrupt !== 'SIGINT' || io.input !== 'terminal') child.kill(interrupt);
    });
  let release = hand();
  return new Promise((settle, fail) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      release();
      const why = cause.code === 'ENOENT' ? 'is not found' : `cannot be run: ${cause.message}`;
      fail(new CapstanError('not_found', `${words[0]} ${why}.`, { where: words[0] ?? '' }, { cause }));
    });
    child.once('exit', (code, signal) => {
      release();
      settle(signal ? { exit: 128 + constants.signals[signal], signal } : { exit: code ?? 1 });
    });
  });
}

function tailOf(text: string): string {
  return plainText(text).trim().slice(-maxTail);
}

async function* empty(): AsyncGenerator<Buffer> {}
