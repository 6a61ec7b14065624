import type { TestCase, TestError, TestReport } from './test-report.ts';

const maxShown = 25;
const maxMessage = 1_500;
const maxValue = 600;

/** Prints a report for a model: the counts, then what failed, where, and what was expected. */
export function printTests({ runner, passed, tests, errors, durationMs, output }: TestReport): string {
  const failed = tests.filter(({ status }) => status === 'failed');
  const skipped = tests.filter(({ status }) => status === 'skipped').length;
  const counts = [
    `${tests.length - failed.length - skipped} passed`,
    `${failed.length} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(errors.length > 0 ? [`${errors.length} errors`] : []),
  ];
  const lines = [
    `${passed ? 'PASSED' : 'FAILED'} (${runner}, ${(durationMs / 1_000).toFixed(1)} s): ${counts.join(', ')}`,
  ];
  lines.push(...errors.slice(0, maxShown).map(printError), ...failed.slice(0, maxShown).map(printFailure));
  const more = failed.length + errors.length - Math.min(failed.length, maxShown) - Math.min(errors.length, maxShown);
  if (more > 0) lines.push(`… and ${more} more failures. Run fewer files, or one test by name, to see them.`);
  if (tests.length === 0 && errors.length === 0) lines.push('No test ran.');
  if (!passed && failed.length + errors.length === 0) lines.push(`The runner said:\n${output.slice(-4_000)}`);
  return lines.join('\n');
}

function printError({ message, ...place }: TestError): string {
  return `\nERROR ${whereOf(place)}\n${indent(clipTo(withoutFrames(message), maxMessage))}`;
}

function printFailure({ suite, test, message = 'failed', expected, actual, ...place }: TestCase): string {
  const lines = [`\nFAIL ${whereOf(place)} ${[...suite, test].join(' > ')}`, indent(clipTo(message, maxMessage))];
  // A message often says both values already.
  if (expected !== undefined && !message.includes(expected))
    lines.push(indent(`expected: ${clipTo(expected, maxValue)}`));
  if (actual !== undefined && !message.includes(actual)) lines.push(indent(`actual: ${clipTo(actual, maxValue)}`));
  return lines.join('\n');
}

// Of a stack, what lies in libraries and in the runtime tells nothing.
function withoutFrames(message: string): string {
  return message.replace(/^\s+at .*(node_modules|node:internal|file:\/\/.*\/dist\/).*\n?/gm, '');
}

function whereOf({ file, line }: { file?: string; line?: number }): string {
  return file === undefined ? '' : line === undefined ? file : `${file}:${line}`;
}

function clipTo(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}
