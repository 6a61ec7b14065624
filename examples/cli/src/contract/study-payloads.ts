import { runFields } from './parts.ts';
import { either, flag, list, number, object, oneOf, orNull, part, record, text, whole, type Shape } from './shape.ts';

const range = list(whole);
const severity = oneOf('high', 'medium', 'low', 'info');
const measures = object({ lines: whole, codeLines: whole, complexity: whole });
const place = object({ name: text, path: text, line: whole });
const commit = object({ commit: text, at: number, subject: text });
const test = object({ path: text, why: text, 'line?': whole });
const file = object({ path: text, 'language?': text, kind: text, lines: whole, broken: flag });

const symbol = object({
  name: text,
  kind: text,
  container: text,
  signature: text,
  exported: flag,
  line: whole,
  endLine: whole,
  'doc?': text,
  'measures?': measures,
});

const described = object({
  path: text,
  'lines?': range,
  file,
  'symbol?': symbol,
  outline: list(symbol),
  imports: list(object({ specifier: text, line: whole, files: list(text) })),
  importedBy: list(text),
  references: object({
    total: whole,
    sure: whole,
    shown: list(object({ path: text, line: whole, role: text, text, sure: flag })),
  }),
  callers: list(place),
  calls: list(place),
  tests: list(test),
  history: list(commit),
  churn: whole,
  'measures?': measures,
});

const folder = object({
  path: text,
  files: whole,
  lines: whole,
  languages: record(whole),
  kinds: record(whole),
  central: list(object({ path: text, lines: whole, importedBy: whole })),
  map: text,
  history: list(commit),
});

const unread = object({
  path: text,
  kind: text,
  lines: whole,
  broken: flag,
  bytes: whole,
  reason: text,
});

const explained = {
  'place?': described,
  'alsoAt?': list(place),
  'folder?': folder,
  'file?': unread,
};

const reviewedSymbol = object({
  name: text,
  change: oneOf('added', 'removed', 'signature', 'body'),
  kind: text,
  exported: flag,
  line: whole,
  endLine: whole,
  signature: text,
  'was?': text,
  'measures?': measures,
  callers: list(place),
  tests: list(test),
});

const reviewed = {
  files: list(
    object({
      path: text,
      'was?': text,
      change: oneOf('create', 'modify', 'delete'),
      kind: text,
      added: whole,
      removed: whole,
      commentsOnly: flag,
      symbols: list(reviewedSymbol),
      importedBy: list(text),
      tests: list(test),
    }),
  ),
  unread: list(text),
  findings: list(object({ rule: text, severity, path: text, line: whole, title: text, 'detail?': text })),
};

const modelReview = object({
  summary: text,
  findings: list(
    object({ path: text, line: whole, severity, title: text, 'detail?': text, 'fix?': text, placed: flag }),
  ),
});

const plan = object({
  v: oneOf(1),
  id: text,
  task: text,
  title: text,
  summary: text,
  steps: list(object({ text, 'detail?': text, 'files?': list(text), 'status?': oneOf('open', 'done') })),
  files: list(object({ path: text, change: oneOf('create', 'modify', 'delete', 'read'), why: text })),
  risks: list(text),
  acceptance: list(text),
  questions: list(text),
  tests: list(object({ path: text, why: text, 'line?': whole })),
  commands: list(object({ purpose: text, command: text, cwd: text })),
  commits: list(commit),
  model: orNull(text),
  commit: orNull(text),
  madeAt: text,
});

const kept = { plan, paths: object({ markdown: text, json: text }), follow: text };

/** What `--dry-run` of a command that works with a model gives. */
export const planned = object({
  task: text,
  model: text,
  why: text,
  mode: part('mode'),
  budget: part('budget'),
  dryRun: oneOf(true),
});

/** What a run that follows a plan gives beside the run. */
export const followed = object({
  ...runFields(),
  'plan?': object({ 'id?': text, path: text, title: text, steps: list(object({ text, status: text })) }),
});

/** What the commands give that plan, change, document, explain and review code. */
export const studyPayloads: Readonly<Record<string, Shape>> = {
  plan: either(object({ ...runFields(), ...kept }), object(kept), part('run'), planned),
  edit: either(
    object({ ...runFields(), where: object({ path: text, 'lines?': range }), wide: flag, diff: text }),
    planned,
  ),
  review: either(object({ ...runFields(), ...reviewed, 'review?': modelReview }), object(reviewed), planned),
  explain: either(object({ ...runFields(), ...explained }), object(explained), planned),
  doc: either(
    object({ ...runFields(), diff: text }),
    object({
      path: text,
      declarations: whole,
      missing: list(object({ name: text, kind: text, container: text, line: whole, signature: text })),
    }),
    planned,
  ),
};
