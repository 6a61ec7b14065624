import type { Step } from './conversation.ts';

/** How a command ended: it succeeded, it ran and failed, it could not run here, or it was not allowed to. */
export type Outcome = 'passed' | 'failed' | 'unable' | 'refused';

const missing =
  /command not found|: not found|is not recognized|Cannot find (module|package)|ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|Missing script|ENOENT|Did you forget to (run|install)|node_modules missing/i;

/** Tells how a command ended, from the result of a `shell` call. */
export function outcomeOf(step: Step): Outcome {
  const code = /exit code (\d+)/.exec(step.text.slice(-400))?.[1];
  if (code === '0' && !step.failed) return 'passed';
  if (code === undefined && step.failed) return /time limit|stopped after/.test(step.text) ? 'failed' : 'refused';
  return code === '127' || missing.test(step.text) ? 'unable' : 'failed';
}

/** Gives the line that says what a command lacked. */
export function missingLine(text: string): string {
  const line = text.split(/\r?\n/).find((one) => missing.test(one));
  return line?.trim() ?? testSummary(text);
}

/** Gives the last lines of a command's output that say something, without the note on its exit code. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd());
  const told = lines.filter((line) => line !== '' && !/^\[.*exit code/.test(line) && !/^\(no output\)$/.test(line));
  return told.slice(-count);
}

/** Gives the line with which a test runner sums up, or the last line. */
export function testSummary(text: string): string {
  const lines = lastLines(text, 60).map((line) => line.replaceAll(/\u001B\[[0-9;]*m/g, '').trim());
  const counts = (word: string) =>
    lines.findLast((line) => new RegExp(String.raw`^(?:ℹ|#)?\s*${word} \d+$`).test(line));
  const [pass, fail] = [counts('pass'), counts('fail')];
  if (pass && fail) return [pass, fail].map((line) => line.replace(/^(ℹ|#)\s*/, '')).join(', ');
  return lines.findLast((line) => /\d+ (passed|passing|failed|failing)/i.test(line)) ?? lines.at(-1) ?? 'no output';
}
