import { join } from 'node:path';
import { literal, reportName, type TestRunner } from './test-runner.ts';

// Runs inside Node's test runner; its output is the report.
const reporter = `
import { inspect } from 'node:util';
const text = (value) => (typeof value === 'string' ? value : inspect(value, { depth: 6 }));
function lineIn(stack, file) {
  for (const line of String(stack ?? '').split('\\n')) {
    const at = line.includes(file) && /:(\\d+):\\d+\\)?$/.exec(line);
    if (at) return Number(at[1]);
  }
}
// Before the error stands the line of code that threw it.
function words(said) {
  const at = said.search(/^\\S*Error\\b/m);
  return at < 0 ? said : said.slice(at);
}
export default async function* (source) {
  const names = [];
  const said = new Map();
  const broken = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names[data.nesting] = data.name;
      names.length = data.nesting + 1;
      continue;
    }
    if (type === 'test:stderr') for (const key of new Set([data.file, data.entryFile])) said.set(key, ((said.get(key) ?? '') + data.message).slice(-4000));
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const error = data.details?.error;
    if (data.details?.type === 'suite' && (type === 'test:pass' || error?.failureType === 'subtestsFailed')) continue;
    if (error?.failureType === 'subtestsFailed') continue;
    const cause = error?.cause ?? error;
    const kind = cause?.name === undefined || /^(Assertion)?Error$/.test(cause.name) ? '' : cause.name + ': ';
    const message = cause?.message !== undefined ? kind + cause.message : cause === undefined ? undefined : text(cause);
    if (type === 'test:fail' && data.nesting === 0 && data.file && (data.name === data.file || data.file.endsWith('/' + data.name))) {
      broken.push({ file: data.file, name: data.name, error: String(cause?.stack ?? message) });
      continue;
    }
    const skipped = data.skip !== undefined && data.skip !== false || data.todo !== undefined && data.todo !== false;
    const entry = { suite: names.slice(0, data.nesting), test: data.name, file: data.file, line: data.line, durationMs: data.details?.duration_ms,
      status: skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed' };
    if (type === 'test:fail' && !skipped) {
      entry.message = message;
      entry.line = lineIn(cause?.stack, data.file) ?? data.line;
      if (cause && typeof cause === 'object' && 'expected' in cause) entry.expected = text(cause.expected);
      if (cause && typeof cause === 'object' && 'actual' in cause) entry.actual = text(cause.actual);
    }
    yield JSON.stringify(entry) + '\\n';
  }
  // What a file that does not load says comes after the word that it failed.
  for (const { file, name, error } of broken) yield JSON.stringify({ error: words(said.get(file) ?? said.get(name) ?? error), file }) + '\\n';
}
`;

/** The test runner of Node itself, by a reporter of our own. */
export const nodeRunner: TestRunner = {
  name: 'node',
  detect: (project) => /\bnode\b.*\s--test\b/.test(Object.values(project.scripts).join('\n')),
  files: /\.[cm]?[jt]s$/,
  plan({ project, files, name, reports }) {
    const shown = [
      '--test',
      ...(name === undefined ? [] : [`--test-name-pattern=${literal(name)}`]),
      ...(files.length > 0 ? files : patternsOf(project.scripts)),
    ];
    const words = [
      ...flagsOf(project.scripts),
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(reports, 'reporter.mjs')}`,
      `--test-reporter-destination=${join(reports, reportName)}`,
      ...shown,
    ];
    return { program: 'node', words, shown, reporter: { name: 'reporter.mjs', text: reporter } };
  },
};

// The script says which files are tests and what loads them.
function scriptWords(scripts: Readonly<Record<string, string>>): string[] {
  const line = Object.values(scripts).find((script) => /\bnode\b.*\s--test\b/.test(script)) ?? '';
  const part = line.split(/&&|\|\||;|\|/).find((each) => /\bnode\b.*\s--test\b/.test(each)) ?? '';
  const words = [...part.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
  return words.slice(words.findIndex((word) => /(^|\/)node$/.test(word)) + 1);
}

function patternsOf(scripts: Readonly<Record<string, string>>): string[] {
  const words = scriptWords(scripts);
  return words.filter((word, index) => !word.startsWith('-') && !takesValue.test(words[index - 1] ?? ''));
}

function flagsOf(scripts: Readonly<Record<string, string>>): string[] {
  const words = scriptWords(scripts);
  return words.filter((word, index) =>
    word.startsWith('-')
      ? !/^--(test$|test-reporter|test-name-pattern|watch)/.test(word)
      : takesValue.test(words[index - 1] ?? ''),
  );
}

const takesValue = /^(--import|--require|-r|--loader|--experimental-loader|-C|--conditions|--env-file)$/;
