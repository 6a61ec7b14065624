import type { FailureOptions, TestFailure } from './failure.ts';
import { placeOf } from './frames.ts';
import { blocksOf, failureOf } from './text-block.ts';
import { valuesIn } from './values.ts';

/** Reads the failures that pytest prints, whichever way it prints tracebacks; else its short summary. */
export function pytestFailures(text: string, options: FailureOptions): TestFailure[] {
  const summary = summaryOf(text, options);
  const sections = blocksOf(
    text,
    /^_{3,} (?:ERROR (?:collecting|at setup of|at teardown of) )?(.+?) _{3,}$/,
    /^(={3,} |-{3,} Captured|!{3,} )/,
  );
  const taken = new Set<Summary>();
  const failures = sections.map(({ head, body }) => {
    const title = head[1] ?? '';
    const known = summary.find((one) => !taken.has(one) && sameTest(one, title));
    if (known) taken.add(known);
    const collected = /ERROR collecting/.test(head[0]);
    const file = known?.file ?? (collected ? placeOf(title, options) : undefined);
    const words = wordsOf(body);
    const name = collected ? (file ?? title) : (known?.name ?? title.replaceAll('.', ' > '));
    const made = failureOf({ source: 'pytest', name, file, text: words.text, innermostLast: true }, options);
    return withMessage(made, words.message);
  });
  const rest = summary
    .filter((one) => !taken.has(one))
    .map(({ name, file, message }): TestFailure => ({
      source: 'pytest',
      name,
      ...(file === undefined ? {} : { file }),
      message,
      frames: [],
    }));
  return [...failures, ...rest];
}

interface Summary {
  readonly name: string;
  readonly file: string | undefined;
  readonly message: string;
}

function summaryOf(text: string, options: FailureOptions): Summary[] {
  return [...text.matchAll(/^(?:FAILED|ERROR) ([^\s:]+\.py)(?:::(\S+(?:\[[^\n]*?\])?))?(?: - (.*))?$/gm)].map(
    ([, path = '', test, message]) => {
      const file = placeOf(path, options);
      return {
        file,
        name: test === undefined ? (file ?? path) : test.split('::').join(' > '),
        message: message ?? 'failed',
      };
    },
  );
}

/** The heading has dots where the summary has colons. */
function sameTest({ name, file }: Summary, title: string): boolean {
  return name.split(' > ').join('.') === title || file === title || (file?.endsWith(`/${title}`) ?? false);
}

/** The lines that begin with `E` are the words of the error. */
function wordsOf(body: string): { text: string; message: string } {
  const errors = body
    .split('\n')
    .filter((line) => /^E(\s|$)/.test(line))
    .map((line) => line.slice(1).replace(/^ {1,7}/, ''));
  if (errors.length === 0) return { text: body, message: nativeMessage(body) };
  const text = body.split('\n').filter((line) => !/^E(\s|$)/.test(line));
  return {
    text: [...errors, ...text].join('\n'),
    message: errors
      .join('\n')
      .replace(/\n{2,}/g, '\n')
      .trim()
      .slice(0, 2_000),
  };
}

/** Of a traceback of Python itself, what stands under the last frame. */
function nativeMessage(body: string): string {
  const lines = body.trimEnd().split('\n');
  const last = lines.findLastIndex((line) => /^\s*File "/.test(line));
  return lines
    .slice(last + 1)
    .filter((line) => !/^\s{4,}/.test(line))
    .join('\n')
    .trim();
}

/** The words of the error tell the values; the lines of code above them would be taken for others. */
function withMessage({ expected: _, received: __, ...made }: TestFailure, message: string): TestFailure {
  return { ...made, ...(message === '' ? {} : { message: message.slice(0, 2_000) }), ...valuesIn(message) };
}

/** Reads the failures that unittest prints. */
export function unittestFailures(text: string, options: FailureOptions): TestFailure[] {
  return blocksOf(text, /^(?:FAIL|ERROR): (\S+) \(([^)]+)\)(.*)$/, /^(={20,}|Ran \d+ tests?\b)/).map(
    ({ head, body }) => {
      const [, method = '', holder = '', sub = ''] = head;
      const parts = holder.split('.');
      const suite = parts.at(-1) === method ? parts.at(-2) : parts.at(-1);
      const loaded = /^unittest\.loader\._FailedTest/.test(holder);
      const name = loaded ? method : `${suite ?? holder} > ${method}${sub.trim() === '' ? '' : ` ${sub.trim()}`}`;
      const words = body.replace(/^-{20,}\n?/m, '').replace(/\n-{20,}[\s\S]*$/, '');
      const made = failureOf({ source: 'unittest', name, text: words, innermostLast: true }, options);
      const message = nativeMessage(words);
      return withMessage(made, message);
    },
  );
}
