import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

let count = 0;

/** Starts a command in a terminal of its own. */
export function openTerminal(command, { cwd, env, columns = 100, rows = 40 }) {
  const server = `capstan-bench-${process.pid}-${(count += 1)}`;
  const tmux = (...words) =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      maxBuffer: 64 * 1024 * 1024,
    });
  const vars = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  const line = ['exec env', ...vars, ...command.map(quoted)].join(' ');
  const size = ['-x', String(columns), '-y', String(rows)];
  tmux('new-session', '-d', ...size, '-c', cwd, line, ';', 'set', '-g', 'history-limit', '50000');
  const text = (whole) => tmux('capture-pane', '-p', '-J', ...(whole ? ['-S', '-'] : []));
  return {
    pid: Number(tmux('list-panes', '-F', '#{pane_pid}').trim()),
    type: (words) => tmux('send-keys', '-l', words),
    press: (...keys) => tmux('send-keys', ...keys),
    resize: (width, height) => tmux('resize-window', '-x', String(width), '-y', String(height)),
    /** What is on the screen; with all that scrolled away when asked for the whole. */
    text,
    async shows(wanted, limitMs = 30_000) {
      const end = performance.now() + limitMs;
      while (!text().includes(wanted)) {
        if (performance.now() > end) throw new Error(`The screen never showed ${wanted}:\n${text()}`);
        await pause(20);
      }
    },
    close: () => spawnSync('tmux', ['-L', server, 'kill-server']),
  };
}

function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
