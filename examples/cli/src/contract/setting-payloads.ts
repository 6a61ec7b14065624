import { either, flag, json, list, number, object, oneOf, orNull, part, text, whole, type Shape } from './shape.ts';

const telemetry = { on: flag, otlp: orNull(text), file: orNull(text), content: flag, path: text };

/** What the commands give that speak of settings and of this machine. */
export const settingPayloads: Readonly<Record<string, Shape>> = {
  init: object({
    root: text,
    written: list(text),
    dryRun: flag,
    stack: object({
      languages: list(text),
      frameworks: list(text),
      packageManager: orNull(text),
      commands: list(object({ purpose: text, command: text, cwd: text })),
    }),
  }),
  status: object({
    root: text,
    branch: orNull(text),
    changedFiles: orNull(whole),
    model: object({ id: text, why: text }),
    mode: part('mode'),
    budget: part('budget'),
    session: orNull(part('session')),
    patches: object({ applied: whole, rolledBack: whole }),
    languageServers: list(
      object({
        name: text,
        extensions: list(text),
        'command?': text,
        'from?': oneOf('repository', 'path'),
        install: text,
        running: list(text),
      }),
    ),
  }),
  doctor: object({
    healthy: flag,
    findings: list(object({ check: text, state: oneOf('ok', 'note', 'problem'), words: text })),
  }),
  'auth list': object({ keys: list(object({ vendor: text, key: text, source: text })) }),
  'auth login': object({ vendor: text, key: text, path: text, dryRun: flag }),
  'auth logout': object({ vendor: text, dryRun: flag }),
  'config get': object({
    settings: list(
      object({
        key: text,
        value: orNull(either(text, number)),
        source: orNull(oneOf('user', 'project', 'default')),
        about: text,
      }),
    ),
  }),
  'config set': object({ path: text, config: part('config'), dryRun: flag }),
  'config paths': object({ user: text, project: text, auth: text, store: text, patches: text }),
  'config schema': json,
  'config edit': object({ path: text, config: part('config') }),
  'budget show': object({ budget: part('budget'), spent: object({ costUsd: number, runs: whole, unknown: whole }) }),
  'budget set': object({ path: text, budget: part('budget'), dryRun: flag }),
  'telemetry show': object(telemetry),
  'telemetry on': object({ ...telemetry, dryRun: flag }),
  'telemetry off': object({ ...telemetry, dryRun: flag }),
  upgrade: object({ version: text, newest: text, command: text, upgraded: flag, dryRun: flag }),
  completion: object({ shell: text, script: text }),
  'completion words': object({ completions: list(text) }),
  schema: json,
};
