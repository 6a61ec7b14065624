/** Which model answers, and why it was chosen. */
export interface ModelChoice {
  /** `vendor/name`. */
  readonly id: string;
  /** In words that follow the id, for example `OPENAI_API_KEY is set`. */
  readonly why: string;
}

export interface ModelSources {
  /** `--model`. */
  readonly flag?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's configuration. */
  readonly configured?: string | undefined;
}

/** Keys in the order they are looked for, and the model each one opens when no other is named. */
const keys: readonly (readonly [variable: string, model: string])[] = [
  ['OPENAI_API_KEY', 'openai/gpt-6.1-sol'],
  ['ANTHROPIC_API_KEY', 'anthropic/claude-sonnet-5-5'],
  ['GEMINI_API_KEY', 'google/gemini-3.8-flash'],
  ['GOOGLE_API_KEY', 'google/gemini-3.8-flash'],
];

/** Chooses the model: `--model`, `CAPSTAN_MODEL`, the configuration, a key in the environment, else practice. */
export function chooseModel({ flag, env, configured }: ModelSources): ModelChoice {
  if (flag) return { id: flag, why: 'from --model' };
  if (env['CAPSTAN_MODEL']) return { id: env['CAPSTAN_MODEL'], why: 'from CAPSTAN_MODEL' };
  if (configured) return { id: configured, why: 'from the configuration' };
  for (const [variable, id] of keys) if (env[variable]) return { id, why: `${variable} is set` };
  const [first, second] = keys.map(([variable]) => variable);
  return { id: 'practice', why: `no key was found; set ${first}, ${second} or another vendor's, or give --model` };
}
