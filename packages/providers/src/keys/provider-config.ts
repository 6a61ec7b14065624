import { CapstanError, type ModelInfo } from '@capstan/sdk/contract';
import type { Quirks } from '../dialect/quirks.ts';
import type { Timeouts } from '../wire/exchange.ts';

/** What a user says of one provider: of a vendor that Capstan knows, or of a host of another name. */
export interface ProviderConfig {
  /** Needed for a host of another name. */
  readonly baseURL?: string;
  /** Environment variable of the key; only for a host of another name. */
  readonly keyVariable?: string;
  /** Which of OpenAI's APIs a host of another name speaks. Default `chat`. */
  readonly api?: 'chat' | 'responses';
  readonly headers?: { readonly [name: string]: string };
  readonly timeouts?: Timeouts;
  readonly quirks?: Partial<Quirks>;
  /** What is known of models, by name; wins over the catalogue. */
  readonly models?: { readonly [name: string]: ModelInfo };
}

export type ProviderConfigs = { readonly [name: string]: ProviderConfig };

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const amount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const flag: Check = (value) => typeof value === 'boolean';
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const record =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);
const fields =
  (checks: { readonly [field: string]: Check }): Check =>
  (value) =>
    isRecord(value) &&
    Object.entries(value).every(([field, one]) => Object.hasOwn(checks, field) && checks[field]?.(one) === true);

const price = fields({
  input: amount,
  output: amount,
  cachedInput: amount,
  cacheWrite: amount,
  date: text,
  source: text,
});

const checks: { readonly [field in keyof Required<ProviderConfig>]: Check } = {
  baseURL: (value) => text(value) && URL.canParse(value as string) && /^https?:/.test(value as string),
  keyVariable: text,
  api: oneOf('chat', 'responses'),
  headers: record(text),
  timeouts: fields({ connectMs: amount, firstByteMs: amount, idleMs: amount }),
  quirks: fields({
    maxTokens: oneOf('max_tokens', 'max_completion_tokens'),
    instructions: oneOf('system', 'developer', 'user'),
    streamUsage: flag,
    reasoningBack: oneOf('reasoning_content', 'reasoning', 'reasoning_details', 'none'),
    reasoningField: oneOf('reasoning_effort', 'reasoning', 'thinking'),
    output: oneOf('json_schema', 'json_object', 'tool', 'prompt'),
    seed: flag,
    imageResults: flag,
    thinkTags: flag,
  }),
  models: record(
    fields({
      contextWindow: amount,
      maxOutputTokens: amount,
      price: (value) => price(value) && isRecord(value) && 'input' in value && 'output' in value,
      tools: flag,
      vision: flag,
      reasoning: flag,
      local: flag,
    }),
  ),
};

/**
 * Reads the member `providers` of a configuration file.
 *
 * @param where The file, for messages.
 * @throws {CapstanError} `invalid_config` naming the file, the provider and the field that is wrong. A key in the file is
 * refused: keys belong in the environment or the key store.
 */
export function parseProviderConfigs(json: string, where: string): ProviderConfigs {
  const file = parseJson(json, where);
  const providers = isRecord(file) ? (file['providers'] ?? {}) : undefined;
  if (!isRecord(providers)) throw wrong(where, 'holds no object "providers"');
  for (const [name, config] of Object.entries(providers)) {
    if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name))
      throw wrong(where, `names a provider "${name}"; use small letters, digits and dashes`);
    if (!isRecord(config)) throw wrong(where, `says nothing of provider "${name}" that can be read`);
    for (const [field, value] of Object.entries(config)) checkField({ name, field, value }, where);
  }
  return providers as ProviderConfigs;
}

function checkField(
  { name, field, value }: { readonly name: string; readonly field: string; readonly value: unknown },
  where: string,
): void {
  if (/^(api_?)?key$|token|secret/i.test(field))
    throw wrong(where, `holds a key of "${name}"; store it with capstan auth login ${name} instead`);
  const check = Object.hasOwn(checks, field) ? checks[field as keyof typeof checks] : undefined;
  if (!check) throw wrong(where, `has an unknown field providers.${name}.${field}`);
  if (!check(value)) throw wrong(where, `has a wrong value at providers.${name}.${field}`);
}

function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw wrong(where, 'holds no JSON');
  }
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(where: string, what: string): CapstanError {
  return new CapstanError('invalid_config', `${where} ${what}.`, { where });
}
