import { keyVariable, vendorKeys } from './vendor-keys.ts';

/** Which model answers, and why it was chosen. */
export interface ModelChoice {
  /** `vendor/name`. */
  readonly id: string;
  /** In words that follow the id, for example `OPENAI_API_KEY is set`. */
  readonly why: string;
  /** Set when the user named it, in whatever way. */
  readonly named?: true;
  /** Address of the relay that answers. */
  readonly relay?: string;
}

export interface ModelSources {
  /** `--model`. */
  readonly flag?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's configuration. */
  readonly configured?: string | undefined;
  /** Vendors that a key is kept for. */
  readonly stored?: readonly string[];
  /** The relay that the user named, and where. */
  readonly relay?: { readonly address: string; readonly from: string } | undefined;
}

/**
 * Chooses the model: `--model`, `CAPSTAN_MODEL`, the configuration, a key in the environment, a relay that was named, a
 * kept key, else practice.
 */
export function chooseModel({ flag, env, configured, stored = [], relay }: ModelSources): ModelChoice {
  if (flag) return { id: flag, why: 'from --model', named: true };
  if (env['CAPSTAN_MODEL']) return { id: env['CAPSTAN_MODEL'], why: 'from CAPSTAN_MODEL', named: true };
  if (configured) return { id: configured, why: 'from the configuration', named: true };
  for (const each of vendorKeys) {
    const variable = keyVariable(each, env);
    if (variable && each.model) return { id: each.model, why: `${variable} is set` };
  }
  if (relay) return { id: 'relay/auto', why: `the relay ${relay.address}, from ${relay.from}`, relay: relay.address };
  for (const { vendor, model } of vendorKeys) {
    if (model && stored.includes(vendor)) return { id: model, why: `a key is kept for ${vendor}` };
  }
  return {
    id: 'practice',
    why: 'no key was found; run "capstan auth login openai", set OPENAI_API_KEY, or give --model',
  };
}
