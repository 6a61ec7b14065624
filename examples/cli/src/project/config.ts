import { CapstanError, type Budget, type BudgetLimit } from '@capstan/sdk/contract';
import { modes, type Mode } from './mode.ts';
import { parseTelemetry, type TelemetrySetting } from './telemetry-setting.ts';

/** What a configuration file may say. */
export interface Config {
  /** `vendor/name`; only in the user's file. */
  readonly model?: string;
  readonly mode?: Mode;
  /** Address of a relay that answers where there is no key; only in the user's file. */
  readonly relay?: string;
  readonly budget?: Budget;
  /** Hosts and vendors, as `openProviders` of `@capstan/providers/keys` reads and checks them; only in the user's file. */
  readonly providers?: object;
  /** Plug-ins that are trusted, each in one version; only in the user's file. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Language servers: `false` for none; by name, `false` or, only in the user's file, a server of one's own. */
  readonly lsp?: false | Readonly<Record<string, unknown>>;
  /** Colours of the terminal UI; only in the user's file. */
  readonly theme?: string;
  /** Whether the terminal rings when a person is wanted; only in the user's file. */
  readonly bell?: string;
  /** Where runs are reported to; only in the user's file. */
  readonly telemetry?: TelemetrySetting;
}

/** A setting that can be read and written by name, for example `budget.costUsd`. */
export interface Setting {
  readonly key: string;
  readonly type: 'text' | 'number' | 'whole number';
  readonly choices?: readonly string[];
  readonly about: string;
  /** False for what only the user's own file may say. */
  readonly project: boolean;
}

/** Every setting there is. */
export const settings: readonly Setting[] = [
  { key: 'model', type: 'text', about: 'model that answers, vendor/name', project: false },
  { key: 'relay', type: 'text', about: 'relay that answers where there is no key', project: false },
  { key: 'mode', type: 'text', choices: modes, about: 'what may be done without asking', project: true },
  {
    key: 'theme',
    type: 'text',
    choices: ['dark', 'light', 'bright', 'plain'],
    about: 'colours of the terminal UI',
    project: false,
  },
  {
    key: 'lsp',
    type: 'text',
    choices: ['on', 'off'],
    about: 'language servers, and what they say of edits',
    project: true,
  },
  { key: 'bell', type: 'text', choices: ['on', 'off'], about: 'ring when a person is wanted', project: false },
  { key: 'budget.costUsd', type: 'number', about: 'most to spend in a run, in US dollars', project: true },
  { key: 'budget.seconds', type: 'number', about: 'longest time of a run', project: true },
  { key: 'budget.tokens', type: 'whole number', about: 'most tokens of a run', project: true },
  { key: 'budget.turns', type: 'whole number', about: 'most model calls of a run', project: true },
  { key: 'budget.toolCalls', type: 'whole number', about: 'most tool calls of a run', project: true },
];

/** The limits a budget has, as settings name them. */
export const budgetLimits: readonly BudgetLimit[] = ['costUsd', 'seconds', 'tokens', 'turns', 'toolCalls'];

/**
 * Reads a configuration from its text.
 *
 * @param where The file, for messages.
 * @throws {CapstanError} `invalid_config` naming the file and the setting that is wrong.
 */
export function parseConfig(text: string, where: string): Config {
  const value = parseJson(text, where);
  if (!isRecord(value)) throw wrong(where, 'holds no JSON object');
  const flat = flatten(value, where);
  const { providers, plugins, lsp } = value;
  if (providers !== undefined && !isRecord(providers)) throw wrong(where, 'has providers that are no object');
  if (plugins !== undefined && !isTexts(plugins)) throw wrong(where, 'has plugins that are no versions by name');
  const telemetry = parseTelemetry(value['telemetry'], where);
  if (lsp !== undefined && lsp !== false && !isRecord(lsp))
    throw wrong(where, 'has an lsp that is neither false nor an object');
  let config: Config = {
    ...(lsp === undefined ? {} : { lsp }),
    ...(telemetry ? { telemetry } : {}),
    ...(providers === undefined ? {} : { providers }),
    ...(plugins === undefined ? {} : { plugins }),
  };
  for (const [key, raw] of Object.entries(flat)) config = withSetting(config, key, checked(key, raw, where));
  return config;
}

/** Checks a value given in words. @throws {CapstanError} `invalid_config` for an unknown setting or a wrong value. */
export function settingFromWords(key: string, words: string): string | number {
  const setting = settingOf(key, 'the command');
  return checked(key, setting.type === 'text' ? words : Number(words), 'The command');
}

/** Gives a configuration with one setting changed; `undefined` takes it out. */
export function withSetting(config: Config, key: string, value: string | number | undefined): Config {
  const [group, limit] = key.split('.');
  if (group === 'lsp') return withLsp(config, value);
  if (group !== 'budget' || limit === undefined) return without({ ...config, [key]: value });
  const budget = without({ ...config.budget, [limit]: value });
  return without({ ...config, budget: Object.keys(budget).length === 0 ? undefined : budget }) as Config;
}

/** Switching them on again leaves what is said of single servers. */
function withLsp({ lsp, ...config }: Config, value: string | number | undefined): Config {
  if (value === 'off') return { ...config, lsp: false };
  return lsp === false || lsp === undefined || value === undefined ? config : { ...config, lsp };
}

/** Reads one setting. */
export function settingIn(config: Config, key: string): string | number | undefined {
  const [group, limit] = key.split('.');
  if (group === 'budget') return config.budget?.[limit as BudgetLimit];
  if (key === 'lsp') return config.lsp === undefined ? undefined : config.lsp === false ? 'off' : 'on';
  return config[key as 'model' | 'mode' | 'theme' | 'bell'];
}

/** A JSON Schema of the configuration file. */
export function configSchema(): Record<string, unknown> {
  const property = ({ type, choices, about }: Setting) => ({
    type: { text: 'string', number: 'number', 'whole number': 'integer' }[type],
    ...(choices ? { enum: choices } : {}),
    ...(type === 'text' ? {} : { exclusiveMinimum: 0 }),
    description: about,
  });
  const named = (all: readonly Setting[]) =>
    Object.fromEntries(all.map((each) => [each.key.replace('budget.', ''), property(each)]));
  const budget = { type: 'object', properties: named(settings.filter(inBudget)), additionalProperties: false };
  const providers = { type: 'object', description: "vendors and hosts by name; only in the user's file" };
  const plugins = {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: "versions of trusted plug-ins by name; only in the user's file",
  };
  const telemetry = {
    type: 'object',
    properties: { otlp: { type: 'string' }, file: { type: 'string' }, content: { type: 'boolean' } },
    additionalProperties: false,
    description: "where runs are reported to; only in the user's file",
  };
  const lsp = {
    description: "false for no language servers; by name, false or, only in the user's file, one of one's own",
    anyOf: [
      { const: false },
      { type: 'object', additionalProperties: { anyOf: [{ const: false }, { type: 'object' }] } },
    ],
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Capstan configuration',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...named(settings.filter((each) => !inBudget(each))),
      budget,
      providers,
      plugins,
      telemetry,
      lsp,
    },
    additionalProperties: false,
  };
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'string');
}

function inBudget({ key }: Setting): boolean {
  return key.startsWith('budget.');
}

function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(where, `is not JSON (${cause instanceof Error ? cause.message : 'unreadable'})`);
  }
}

function flatten(value: Record<string, unknown>, where: string): Record<string, unknown> {
  const { budget, $schema: _, providers: __, plugins: ___, telemetry: ____, lsp: _____, ...rest } = value;
  if (budget === undefined) return rest;
  if (!isRecord(budget)) throw wrong(where, 'has a budget that is no object');
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(budget).map(([limit, amount]) => [`budget.${limit}`, amount])),
  };
}

function checked(key: string, value: unknown, where: string): string | number {
  const { type, choices } = settingOf(key, where);
  if (type === 'text') {
    if (typeof value !== 'string' || value === '') throw wrong(where, `gives ${key} no text`);
    if (choices && !choices.includes(value))
      throw wrong(where, `gives ${key} "${value}"; choose one of ${choices.join(', ')}`);
    return value;
  }
  const good =
    typeof value === 'number' &&
    value > 0 &&
    (type === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value));
  if (!good) throw wrong(where, `needs a ${type} above 0 for ${key}`);
  return value;
}

function settingOf(key: string, where: string): Setting {
  const setting = settings.find((each) => each.key === key);
  if (setting) return setting;
  throw wrong(
    where,
    `names a setting "${key}" that does not exist; there are ${settings.map((each) => each.key).join(', ')}`,
  );
}

function wrong(where: string, what: string): CapstanError {
  return new CapstanError('invalid_config', `${where} ${what}.`, { where });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
