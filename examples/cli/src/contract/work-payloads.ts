import { runFields } from './parts.ts';
import { followed, planned } from './study-payloads.ts';
import { either, flag, json, list, number, object, oneOf, orNull, part, text, whole, type Shape } from './shape.ts';

const dry = oneOf(true);
const recipe = object({
  name: text,
  about: text,
  'takes?': text,
  'mode?': part('mode'),
  task: text,
  accept: list(oneOf('words', 'changed', 'unchanged', 'tests', 'checks')),
  source: oneOf('built-in', 'user', 'project'),
});

const accepted = object({ what: text, 'holds?': flag, why: text });

const trial = object({
  name: text,
  reason: part('runReason'),
  text,
  'patch?': part('patch'),
  'costUsd?': number,
  seconds: number,
  'tests?': object({ passed: flag, 'total?': whole, 'failed?': whole, 'output?': text }),
  'typeErrors?': whole,
});

const batch = object({
  at: number,
  files: list(
    object({
      path: text,
      change: oneOf('new', 'changed', 'gone', 'renamed'),
      'from?': text,
      added: whole,
      removed: whole,
      symbols: object({ added: list(text), changed: list(text), gone: list(text) }),
      own: flag,
    }),
  ),
  'head?': text,
  'words?': text,
});

/** What the commands that work with a model give. */
export const workPayloads: Readonly<Record<string, Shape>> = {
  ui: object({ sessionId: text }),
  // A conversation in which nothing was said gives nothing.
  run: either(followed, object({}), planned),
  do: either(
    object({ recipes: list(recipe) }),
    object({ recipe, task: text, dryRun: dry }),
    object({ ...runFields(), 'accepted?': list(accepted) }),
  ),
  resume: either(part('run'), planned),
  acp: object({}),
  wrap: either(
    object({ command: list(text), exit: whole, signal: orNull(text), fixes: list(part('run')), output: text }),
    planned,
  ),
  watch: either(
    object({
      root: text,
      seconds: number,
      batches: list(batch),
      said: list(text),
      runs: list(
        object({
          runId: text,
          sessionId: text,
          reason: part('runReason'),
          costUsd: orNull(number),
          patches: list(part('patch')),
        }),
      ),
      costUsd: number,
    }),
    object({ root: text, recent: list(batch) }),
  ),
  experiment: either(
    object({
      task: text,
      candidates: list(object({ name: text, model: text, 'agent?': text })),
      mode: part('mode'),
      budget: part('budget'),
      atOnce: whole,
      tests: either(text, flag),
      judge: text,
      dryRun: dry,
    }),
    object({
      runId: text,
      reason: part('runReason'),
      'costUsd?': number,
      'winner?': text,
      'why?': text,
      trials: list(trial),
      'applied?': part('patch'),
      'rollback?': text,
      'error?': part('error'),
    }),
  ),
  commit: object({ message: text, model: orNull(text), dryRun: flag, commit: orNull(text) }),
  'tool list': object({ tools: list(object({ name: text, description: text })) }),
  'tool show': object({ name: text, description: text, input: json, 'timeoutMs?': number }),
  'tool run': object({
    tool: text,
    input: json,
    outcome: oneOf('done', 'failed', 'denied', 'pending'),
    verdict: orNull(part('verdict')),
    rule: orNull(text),
    durationMs: orNull(number),
    output: list(part('resultPart')),
    patches: list(part('patch')),
    rollback: orNull(text),
    'dryRun?': dry,
    'pending?': list(part('approval')),
  }),
  'sandbox run': object({ command: list(text), level: text, network: flag, engine: text, exit: whole }),
};
