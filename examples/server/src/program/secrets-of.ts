import type { Environment } from '../config/environment-settings.ts';

/** Variables that the relay reads where its configuration names no other. */
const usual = [
  'CAPSTAN_RELAY_ADMIN_KEY',
  'CAPSTAN_RELAY_METRICS_TOKEN',
  'CAPSTAN_RELAY_SIGNING_KEY',
  'CAPSTAN_RELAY_DATABASE',
  'CAPSTAN_RELAY_REDIS',
];
/** What is shorter is a word that stands in many a text. */
const leastLength = 6;

/** The values of all variables that a configuration names, and of addresses the password in them. */
export function secretsOf(settings: unknown, env: Environment): readonly string[] {
  const values = [...usual, ...variablesIn(settings)].flatMap((name) => env[name]?.trim() || []);
  return [...new Set(values.flatMap(secretParts))].filter((secret) => secret.length >= leastLength);
}

function variablesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { env } = value as { readonly env?: unknown };
  return [...(typeof env === 'string' ? [env] : []), ...Object.values(value).flatMap(variablesIn)];
}

/** The host and the name of a database are no secret, and what an operator has to read. */
function secretParts(value: string): readonly string[] {
  if (!/^[a-z]+:\/\//i.test(value)) return [value];
  if (!URL.canParse(value)) return [value, ...value.split(/[/:@]+/).slice(1)];
  const { password } = new URL(value);
  return [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
