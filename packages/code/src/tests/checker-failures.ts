import type { FailureOptions, TestFailure } from './failure.ts';
import { placeOf } from './frames.ts';

const maxFindings = 200;

/** Reads the errors of the TypeScript compiler, plain or pretty. */
export function tscFailures(text: string, options: FailureOptions): TestFailure[] {
  const failures: TestFailure[] = [];
  for (const line of text.split('\n')) {
    const found = /^(\S.*?)(?:\((\d+),\d+\)|:(\d+):\d+)(?: -|:) error (TS\d+): (.*)$/.exec(line);
    const last = failures.at(-1);
    if (found) {
      const file = placeOf(found[1] ?? '', options);
      if (file !== undefined)
        failures.push(
          finding('tsc', file, { line: Number(found[2] ?? found[3]), message: `${found[4] ?? ''}: ${found[5] ?? ''}` }),
        );
    } else if (last && /^ {2}\S/.test(line) && !/^ {2}\S+:\d+:\d+$/.test(line)) {
      failures[failures.length - 1] = { ...last, message: `${last.message}\n${line.trim()}` };
    }
  }
  return failures.slice(0, maxFindings);
}

/** Reads the errors of ESLint as it prints them for people. */
export function eslintFailures(text: string, options: FailureOptions): TestFailure[] {
  const failures: TestFailure[] = [];
  let file: string | undefined;
  for (const line of text.split('\n')) {
    const found = /^\s+(\d+):\d+\s+error\s+(.*?)\s{2,}(\S+)\s*$/.exec(line);
    if (found && file !== undefined)
      failures.push(
        finding('eslint', file, { line: Number(found[1]), message: `${found[2] ?? ''} (${found[3] ?? ''})` }),
      );
    else if (/^\S/.test(line)) file = /^[^\s✖].*\.\w+$/.test(line) ? placeOf(line, options) : undefined;
  }
  return failures.slice(0, maxFindings);
}

/** Reads `file:line: error: message`, as mypy, gcc and many others print it. */
export function compilerFailures(text: string, options: FailureOptions): TestFailure[] {
  return [...text.matchAll(/^([^\s:]+\.\w+):(\d+)(?::\d+)?:? (?:fatal )?error:? (.+)$/gm)]
    .slice(0, maxFindings)
    .flatMap(([, path = '', line, message = '']) => {
      const file = placeOf(path, options);
      return file === undefined ? [] : [finding('compiler', file, { line: Number(line), message })];
    });
}

function finding(
  source: TestFailure['source'],
  file: string,
  { line, message }: { line: number; message: string },
): TestFailure {
  return {
    source,
    name: `${file} ${message.split('\n')[0]?.slice(0, 120) ?? ''}`,
    file,
    line,
    message,
    frames: [{ file, line }],
  };
}
