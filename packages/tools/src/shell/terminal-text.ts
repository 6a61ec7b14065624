/** Turns what a program wrote for a terminal into plain text. */
export interface TerminalText {
  /** Takes a piece and gives the text that can no longer change. */
  push(text: string): string;
  /** Gives the rest. */
  end(): string;
}

// How far up a program may still go to redraw a line: enough for the progress displays of package managers.
const liveRows = 60;
const maxPending = 32_768;

const control = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const tokens =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]|[^\x00-\x1f\x7f-\x9f]+|[\t\n\r\b]|./gs;
const unfinished = /\x1b(?:[ -/]*|\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\x9c]*\x1b?)$/;

interface Screen {
  rows: string[];
  row: number;
  column: number;
  /** The next character replaces the whole line: after a carriage return. */
  fresh: boolean;
}

/**
 * Strips colours and other escape sequences, and lets lines that were redrawn (carriage return, backspace, cursor up)
 * stand once, as they were last. Text without control characters passes at little cost.
 */
export function terminalText(): TerminalText {
  let pending = '';
  let screen: Screen | undefined;
  let carry = '';
  return {
    push(piece) {
      const text = carry + piece;
      carry = '';
      if (!screen && !control.test(text)) {
        pending += text;
        if (pending.length < maxPending) return '';
        const keep = lastRowsStart(pending, liveRows);
        const settled = pending.slice(0, keep);
        pending = pending.slice(keep);
        return settled;
      }
      const cut = text.length > maxPending ? undefined : unfinished.exec(text);
      carry = cut ? cut[0] : '';
      screen ??= screenOf(pending);
      const settled = draw(screen, cut ? text.slice(0, cut.index) : text);
      pending = '';
      if (screen.row === screen.rows.length - 1 && screen.column === screen.rows[screen.row]!.length && !screen.fresh) {
        pending = screen.rows.join('\n');
        screen = undefined;
      }
      return settled;
    },
    end() {
      const rest = screen ? screen.rows.join('\n') : pending;
      pending = '';
      screen = undefined;
      return rest;
    },
  };
}

function screenOf(text: string): Screen {
  const rows = text.split('\n');
  return { rows, row: rows.length - 1, column: rows.at(-1)!.length, fresh: false };
}

function draw(screen: Screen, text: string): string {
  let settled = '';
  for (const [token] of text.matchAll(tokens)) {
    const code = token.charCodeAt(0);
    if (code === 0x0a) newLine(screen);
    else if (code === 0x0d) carriageReturn(screen);
    else if (code === 0x08) screen.column = Math.max(0, screen.column - 1);
    else if (code === 0x1b || code === 0x9b) settled += escape(screen, token);
    else if (code === 0x09 || !control.test(token[0]!)) write(screen, token);
    if (screen.rows.length > 2 * liveRows) settled += settle(screen, screen.rows.length - liveRows);
  }
  return settled;
}

function newLine(screen: Screen): void {
  screen.row += 1;
  if (screen.row === screen.rows.length) screen.rows.push('');
  screen.column = 0;
  // A program that went up writes its next line over the old one.
  screen.fresh = screen.rows[screen.row] !== '';
}

function carriageReturn(screen: Screen): void {
  screen.column = 0;
  screen.fresh = true;
}

function write(screen: Screen, text: string): void {
  const line = screen.fresh ? '' : screen.rows[screen.row]!;
  screen.fresh = false;
  const before = line.slice(0, screen.column).padEnd(screen.column);
  screen.column += text.length;
  screen.rows[screen.row] = before + text + line.slice(screen.column);
}

function escape(screen: Screen, sequence: string): string {
  const match = /^(?:\x1b\[|\x9b)([0-9;]*)([A-Za-z])$/.exec(sequence);
  if (!match) return sequence === '\x1bc' ? clear(screen) : '';
  const count = Number.parseInt(match[1]!, 10);
  const line = screen.rows[screen.row]!;
  switch (match[2]!) {
    case 'A':
    case 'F':
      screen.row = Math.max(0, screen.row - (count || 1));
      if (match[2] === 'F') screen.column = 0;
      break;
    case 'B':
    case 'E':
      screen.row = Math.min(screen.rows.length - 1, screen.row + (count || 1));
      if (match[2] === 'E') screen.column = 0;
      break;
    case 'C':
      screen.fresh = false;
      screen.column = Math.min(screen.column + (count || 1), 1_000);
      break;
    case 'D':
      screen.column = Math.max(0, screen.column - (count || 1));
      break;
    case 'G':
      screen.column = Math.min((count || 1) - 1, 1_000);
      screen.fresh = screen.column === 0;
      break;
    case 'K':
      if (count === 2) screen.rows[screen.row] = '';
      else if (count === 1)
        screen.rows[screen.row] = ' '.repeat(Math.min(screen.column, line.length)) + line.slice(screen.column);
      else screen.rows[screen.row] = line.slice(0, screen.column);
      break;
    case 'J':
      if (count >= 2) return clear(screen);
      screen.rows.length = screen.row + 1;
      screen.rows[screen.row] = line.slice(0, screen.column);
      break;
    case 'H':
      return clear(screen);
  }
  return '';
}

// What was on the screen is kept: a log that loses lines is worse than one that repeats some.
function clear(screen: Screen): string {
  const shown = screen.rows.some((row) => row !== '');
  const settled = shown ? `${screen.rows.join('\n').replace(/\n+$/, '')}\n` : '';
  screen.rows = [''];
  screen.row = 0;
  screen.column = 0;
  screen.fresh = false;
  return settled;
}

function settle(screen: Screen, count: number): string {
  const done = screen.rows.splice(0, count);
  screen.row = Math.max(0, screen.row - count);
  return `${done.join('\n')}\n`;
}

function lastRowsStart(text: string, rows: number): number {
  let at = text.length;
  for (let row = 0; row < rows; row += 1) {
    const before = text.lastIndexOf('\n', at - 1);
    if (before < 0 || text.length - before > maxPending / 2) break;
    at = before;
  }
  return at === text.length ? text.length : at + 1;
}
