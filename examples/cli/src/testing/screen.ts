import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A command line in a terminal of its own: keys in, screen out. */
export interface Screen extends Disposable {
  /** Types text as it is. */
  readonly type: (text: string) => void;
  /** Presses keys by tmux's names: `Enter`, `Escape`, `C-c`, `BTab`. */
  readonly press: (...keys: string[]) => void;
  /** Pastes text as a terminal does, in brackets. */
  readonly paste: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Sends a signal to the command line itself. */
  readonly signal: (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void;
  /** What is on the screen and all that scrolled away above it. */
  readonly whole: () => string;
  /** What is on the screen now, without colours. */
  readonly text: () => string;
  /** The same with its colours. */
  readonly coloured: () => string;
  /** Waits until the screen holds words or matches; gives the screen. Fails with the screen after 15 seconds. */
  readonly shows: (wanted: string | RegExp) => Promise<string>;
}

export interface ScreenOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** True where tests can have a terminal. */
export const hasTerminal = spawnSync('tmux', ['-V']).status === 0;

let count = 0;

/** Starts the command line from source in a terminal of 100 by 40, with a shell's prompt left when it ends. */
export function openScreen(args: readonly string[], { cwd, env = {} }: ScreenOptions): Screen {
  const server = `capstan-test-${process.pid}-${(count += 1)}`;
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
  const vars = {
    HOME: join(cwd, 'no-home'),
    CAPSTAN_CONFIG_HOME: join(cwd, '.capstan', 'test-home'),
    USER: 'tester',
    LANG: 'C.UTF-8',
    ...env,
  };
  const line = [
    process.execPath,
    '--conditions=@capstan/source',
    '--disable-warning=ExperimentalWarning',
    main,
    ...args,
  ]
    .map(quoted)
    .join(' ');
  const settings = Object.entries(vars)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(' ');
  tmux('new-session', '-d', '-x', '100', '-y', '40', '-c', cwd, `${settings} ${line}; echo "left with $?"; exec cat`);
  const text = () => tmux('capture-pane', '-p');
  return {
    type: (words) => void tmux('send-keys', '-l', words),
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    paste: (words) => {
      tmux('set-buffer', words);
      tmux('paste-buffer', '-p', '-d');
    },
    signal: (name) => {
      const shell = tmux('list-panes', '-F', '#{pane_pid}').trim();
      const child = execFileSync('pgrep', ['-P', shell], { encoding: 'utf8' }).trim();
      process.kill(Number(child), name);
    },
    text,
    whole: () => tmux('capture-pane', '-p', '-J', '-S', '-'),
    coloured: () => tmux('capture-pane', '-p', '-e'),
    async shows(wanted) {
      const end = performance.now() + 15_000;
      for (;;) {
        const seen = text();
        if (typeof wanted === 'string' ? seen.includes(wanted) : wanted.test(seen)) return seen;
        if (performance.now() > end) throw new Error(`The screen never showed ${wanted}:\n${seen}`);
        await pause(50);
      }
    },
    [Symbol.dispose]: () => void spawnSync('tmux', ['-L', server, 'kill-server']),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
