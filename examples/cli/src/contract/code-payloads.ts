import { either, flag, list, number, object, oneOf, part, record, text, whole, type Shape } from './shape.ts';

const dry = oneOf(true);
const evidence = list(object({ file: text, 'line?': whole, says: text }));
const fact = object({ value: text, confidence: number, evidence });
const planFields = {
  task: text,
  model: text,
  why: text,
  mode: part('mode'),
  budget: part('budget'),
  dryRun: dry,
};
const purpose = oneOf('install', 'build', 'test', 'typecheck', 'lint', 'format', 'bench', 'start', 'dev');

const stackPackage = object({
  path: text,
  'name?': text,
  role: oneOf('root', 'member', 'separate'),
  languages: list(fact),
  packageManagers: list(fact),
  frameworks: list(fact),
  testRunners: list(fact),
  runtimes: list(fact),
  commands: list(object({ purpose, command: text, cwd: text, confidence: number, evidence })),
});

const workflowStep = object({
  workflow: text,
  job: text,
  command: text,
  cwd: text,
  purposes: list(purpose),
  'matrix?': record(list(text)),
  file: text,
  line: whole,
});

const frame = object({ file: text, line: whole, 'name?': text });

const failure = object({
  source: text,
  name: text,
  'file?': text,
  'line?': whole,
  message: text,
  'expected?': text,
  'received?': text,
  frames: list(frame),
});

const suspect = object({ path: text, 'line?': whole, 'symbol?': text, confidence: number, reasons: list(text) });
const hint = object({ failure, says: text, 'advice?': text, suspects: list(suspect) });

const testFields = {
  passed: flag,
  commands: list(text),
  'counts?': object({ passed: whole, failed: whole, skipped: whole }),
  failures: list(hint),
  suspects: list(suspect),
  durationMs: whole,
  output: text,
};

const related = object({
  tests: list(
    object({
      path: text,
      confidence: number,
      reasons: list(object({ kind: text, says: text, weight: number })),
      of: list(text),
    }),
  ),
  uncovered: list(text),
  'all?': text,
  'why?': text,
});

const fixTry = object({
  number: whole,
  verdict: oneOf('fixed', 'better', 'same', 'worse', 'nothing', 'touched tests'),
  run: part('run'),
  failed: list(text),
  rolledBack: flag,
});

/** What the commands give that find out about a repository's stack and run its tests. */
export const codePayloads: Readonly<Record<string, Shape>> = {
  stack: object({
    packages: list(stackPackage),
    workspaces: list(object({ tool: text, patterns: list(text), members: list(text), confidence: number, evidence })),
    workflows: list(workflowStep),
    conflicts: list(object({ about: text, message: text, evidence })),
    warnings: list(object({ file: text, 'line?': whole, message: text })),
  }),
  test: either(
    object({ ...testFields, 'related?': related }),
    object({ commands: list(text), 'related?': related, dryRun: dry }),
    object({ runs: whole, passed: flag }),
  ),
  fix: either(
    object({
      end: oneOf(
        'passed',
        'fixed',
        'tries',
        'no progress',
        'no model',
        'budget',
        'approval',
        'stopped',
        'failed',
        'flaky',
      ),
      why: text,
      tests: object(testFields),
      'failedBefore?': list(text),
      flaky: list(text),
      tries: list(fixTry),
      patches: list(text),
      takenBack: list(text),
    }),
    object({ ...planFields, tests: object(testFields), flaky: list(text) }),
  ),
};
