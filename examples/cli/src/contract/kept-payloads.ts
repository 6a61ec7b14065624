import { keptPatchFields, messageFields, patchFields, sessionFields } from './parts.ts';
import { either, flag, list, number, object, oneOf, orNull, part, record, text, whole, type Shape } from './shape.ts';

const summary = object({
  id: text,
  title: text,
  summary: text,
  messages: whole,
  createdAt: number,
  updatedAt: number,
  lastRunId: text,
  'lastReason?': part('runReason'),
  bytes: whole,
});

const told = { at: number, runId: text };
const said = either(...Object.values(messageFields).map((fields) => object({ ...told, ...fields })));

const moved = object({ of: list(text), 'id?': text, ...withoutId(), 'runId?': text, dryRun: flag });

function withoutId(): Record<string, Shape> {
  const { id: _, ...fields } = patchFields;
  return fields;
}

const hit = object({
  path: text,
  score: number,
  signals: record(number),
  why: text,
  line: whole,
  endLine: whole,
  symbols: list(text),
});

const piece = object({
  path: text,
  line: whole,
  endLine: whole,
  form: oneOf('lines', 'outline'),
  text,
  tokens: whole,
  why: text,
});

/** What the commands give that speak of code, changes, sessions and logs. */
export const keptPayloads: Readonly<Record<string, Shape>> = {
  index: object({
    root: text,
    durationMs: number,
    files: whole,
    skipped: whole,
    symbols: whole,
    languages: record(whole),
    'rebuilt?': text,
    'unsaved?': text,
    'skippedFiles?': list(object({ path: text, reason: text })),
  }),
  search: object({
    query: text,
    files: list(hit),
    'context?': object({ pieces: list(piece), tokens: whole, left: list(text) }),
  }),
  map: object({ tokens: whole, map: text }),
  'patch list': object({ patches: list(object(keptPatchFields)) }),
  'patch show': object({ ...keptPatchFields, diff: text }),
  'patch create': object({
    id: orNull(text),
    state: oneOf('applied', 'proposed', 'would change'),
    paths: list(text),
    added: whole,
    removed: whole,
    dryRun: flag,
  }),
  'patch check': object({ fits: flag, conflicts: list(text), diff: text }),
  'patch apply': moved,
  'patch reject': object({ id: text, dryRun: flag }),
  'patch rollback': moved,
  'sessions list': object({ sessions: list(part('session')) }),
  'sessions show': object({ sessionId: text, ...sessionFields(), messages: list(said) }),
  'sessions fork': object({ from: text, 'sessionId?': text, 'dryRun?': flag }),
  'sessions export': object({ sessionId: text, format: oneOf('json', 'markdown'), 'text?': text, 'path?': text }),
  'sessions import': object({ from: text, 'sessionId?': text, 'dryRun?': flag }),
  'sessions rename': object({ sessionId: text, title: text, dryRun: flag }),
  'sessions search': object({ sessions: list(summary) }),
  'sessions delete': object({ sessionId: text, dryRun: flag }),
  'sessions prune': object({ deleted: list(text), dryRun: flag }),
  'log show': object({ events: list(part('event')) }),
  'log verify': object({
    path: text,
    ok: flag,
    'lines?': whole,
    'hash?': text,
    'signed?': flag,
    'line?': whole,
    'reason?': text,
    'store?': flag,
  }),
  'log replay': object({
    runId: text,
    same: flag,
    'events?': whole,
    'difference?': object({
      seq: whole,
      'field?': text,
      'recorded?': part('event'),
      'replayed?': part('event'),
    }),
  }),
};
