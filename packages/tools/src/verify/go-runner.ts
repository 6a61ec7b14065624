import { dirname, join } from 'node:path';
import type { ProcessResult } from '../shell/run-process.ts';
import type { TestCase, TestError } from './test-report.ts';
import { literal, type TestRunner } from './test-runner.ts';

/** Go's own runner, by its JSON events. */
export const goRunner: TestRunner = {
  name: 'go',
  detect: (project) => project.has('go.mod') || project.has('go.work'),
  files: /\.go$/,
  plan({ project, files, name }) {
    const packages = files.length === 0 ? ['./...'] : [...new Set(files.map((file) => `./${dirname(file)}`))];
    const functions = files.flatMap((file) =>
      [...project.text(file).matchAll(/^func (Test\w+|Example\w*|Fuzz\w+)\(/gm)].map(([, each]) => each!),
    );
    const pattern =
      name === undefined
        ? functions.length > 0
          ? `^(${functions.join('|')})$`
          : undefined
        : literal(name).replaceAll(' ', '_');
    const shown = ['test', ...(pattern === undefined ? [] : ['-run', pattern]), ...packages];
    return {
      program: 'go',
      words: ['test', '-json', ...shown.slice(1)],
      shown,
      parse: (result) => parseGo(result, moduleOf(project.text('go.mod'))),
    };
  },
};

interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
  readonly Elapsed?: number;
  readonly FailedBuild?: string;
}

/**
 * Reads the events of `go test -json`.
 *
 * @param module Path of the module, to tell the folder of a package.
 */
export function parseGo(
  { stdout, stderr }: Pick<ProcessResult, 'stdout' | 'stderr'>,
  module: string,
): { tests: TestCase[]; errors: TestError[] } {
  const events = stdout
    .split('\n')
    .map(parseEvent)
    .filter((event) => event !== undefined);
  const outputs = new Map<string, string>();
  const tests: TestCase[] = [];
  const errors: TestError[] = [];
  const parents = new Set(
    events.flatMap(({ Package, Test }) =>
      Test?.includes('/') ? ancestors(Test).map((name) => keyOf(Package, name)) : [],
    ),
  );
  for (const event of events) {
    const key = keyOf(event.Package ?? event.ImportPath, event.Test);
    if (event.Action === 'output' || event.Action === 'build-output')
      outputs.set(key, (outputs.get(key) ?? '') + (event.Output ?? ''));
    if (event.Action !== 'pass' && event.Action !== 'fail' && event.Action !== 'skip') continue;
    if (event.Test === undefined) {
      if (event.Action === 'fail') errors.push(...packageErrors(event, outputs, tests));
      continue;
    }
    // A test that only failed because of the tests inside it says nothing of its own.
    const said = ownWords(outputs.get(key) ?? '');
    if (parents.has(key) && (event.Action !== 'fail' || said === '')) continue;
    tests.push(toCase(event, said));
  }
  errors.push(...buildErrors(stderr));
  if (events.length === 0 && errors.length === 0 && stderr.trim() !== '') errors.push({ message: stderr.trim() });
  const inFolder = <T extends { file?: string }>(entry: T, unit: string): T =>
    entry.file === undefined ? entry : { ...entry, file: join(folderOf(unit, module), entry.file) };
  return { tests: tests.map((each) => inFolder(each, each.suite[0] ?? '')), errors };
}

function toCase({ Action, Package = '', Test = '', Elapsed }: GoEvent, said: string): TestCase {
  const [first, ...rest] = Test.split('/');
  const names = [first!, ...rest];
  const place = /^\s*([\w.-]+\.go):(\d+):/m.exec(said) ?? /\n\t\S*?([\w.-]+_test\.go):(\d+)/.exec(said);
  return {
    suite: [Package, ...names.slice(0, -1)],
    test: names.at(-1)!,
    status: Action === 'pass' ? 'passed' : Action === 'skip' ? 'skipped' : 'failed',
    ...(Elapsed === undefined ? {} : { durationMs: Elapsed * 1_000 }),
    ...(place && Action === 'fail' ? { file: place[1]!, line: Number(place[2]) } : {}),
    ...(Action === 'fail'
      ? { message: said.replace(/\n\ngoroutine [\s\S]*/, '').trim() || 'failed', ...valuesIn(said) }
      : {}),
  };
}

// Go has no assertions of its own; testify prints the values under these names.
function valuesIn(said: string): { expected?: string; actual?: string } {
  const expected = /^\s*expected\s*: (.*)$/m.exec(said)?.[1];
  const actual = /^\s*actual\s*: (.*)$/m.exec(said)?.[1];
  return { ...(expected === undefined ? {} : { expected }), ...(actual === undefined ? {} : { actual }) };
}

function packageErrors(event: GoEvent, outputs: ReadonlyMap<string, string>, tests: readonly TestCase[]): TestError[] {
  const built = event.FailedBuild === undefined ? '' : (outputs.get(keyOf(event.FailedBuild, undefined)) ?? '');
  const said = (built + ownWords(outputs.get(keyOf(event.Package, undefined)) ?? '')).trim();
  const failedInside = tests.some(({ suite, status }) => suite[0] === event.Package && status === 'failed');
  if (failedInside || said === '') return failedInside ? [] : [{ message: `${event.Package} failed.` }];
  const place = /^(?:vet: )?\.?\/?([\w./-]+\.go):(\d+):/m.exec(said);
  return [{ message: said, ...(place ? { file: place[1]!, line: Number(place[2]) } : {}) }];
}

// Until Go 1.24 the compiler's words are not among the events.
function buildErrors(stderr: string): TestError[] {
  return stderr
    .split(/^# .*$/m)
    .map((part) => part.trim())
    .filter((part) => /\.go:\d+:/.test(part))
    .map((message) => {
      const place = /^(?:vet: )?(?:\.\/)?([\w./-]+\.go):(\d+):/m.exec(message);
      return { message, ...(place ? { file: place[1]!, line: Number(place[2]) } : {}) };
    });
}

function moduleOf(manifest: string): string {
  return /^module\s+"?([^\s"]+)/m.exec(manifest)?.[1] ?? '';
}

function folderOf(unit: string, module: string): string {
  return unit === module ? '' : unit.startsWith(`${module}/`) ? unit.slice(module.length + 1) : '';
}

function ownWords(output: string): string {
  const frame =
    /^\s*(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|FAIL|SKIP|BENCH)|PASS$|FAIL(\s|$)|ok\s|coverage:|exit status)/;
  return output
    .split('\n')
    .filter((line) => !frame.test(line))
    .join('\n')
    .trim();
}

function ancestors(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function keyOf(unit: string | undefined, test: string | undefined): string {
  return `${unit ?? ''}\0${test ?? ''}`;
}

function parseEvent(line: string): GoEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as GoEvent;
  } catch {
    return undefined;
  }
}
