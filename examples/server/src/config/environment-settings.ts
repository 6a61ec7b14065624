import { type KindName, kindOf, kinds } from './kinds.ts';
import { type SecretReference, type Settings, settingsSchema } from './schema.ts';

export type Environment = { readonly [name: string]: string | undefined };

/**
 * Makes a configuration of what the environment has: an upstream for each vendor whose key is set, further keys of it
 * from the same name with `_2` to `_9`.
 */
export function environmentSettings(env: Environment): Settings {
  const upstreams = (Object.keys(kinds) as KindName[]).flatMap((name) => {
    const keys = keysIn(env, name);
    const { addressVariables } = kindOf(name);
    const baseURL = addressVariables.map((variable) => env[variable]).find(Boolean);
    if (keys.length === 0 || (name === 'azure' && !baseURL)) return [];
    return [[name, { kind: name, keys, ...(baseURL ? { baseURL } : {}) }] as const];
  });
  return settingsSchema.parse({ upstreams: Object.fromEntries(upstreams) });
}

/** The variables of a kind's keys that are set. */
export function keysIn(env: Environment, kind: KindName): SecretReference[] {
  const { keyVariables } = kindOf(kind);
  const first = keyVariables.find((variable) => env[variable]);
  if (first === undefined) return [];
  const further = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${first}_${number}`).filter((variable) => env[variable]);
  return [first, ...further].map((variable) => ({ env: variable }));
}
