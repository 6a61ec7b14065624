import { noSuchReasoning, type Reasoning } from '../wire/reasoning.ts';

interface Gap {
  /** Ids of models, `vendor/name`. */
  readonly models: RegExp;
  readonly levels: readonly Reasoning[];
  /** What to do instead. */
  readonly next: string;
}

const thinks = ['low', 'medium', 'high'] as const;

/**
 * What models cannot, by their vendors' documentation as of 2026-11-21: developers.openai.com/api/docs/guides/reasoning,
 * platform.claude.com/docs/en/build-with-claude/thinking, ai.google.dev/gemini-api/docs/thinking and
 * docs.ollama.com/capabilities/thinking.
 */
const gaps: readonly Gap[] = [
  { models: /^(openai|azure)\/gpt-5-pro/, levels: ['off', 'low', 'medium'], next: 'It has "high" only.' },
  { models: /^(openai|azure)\/gpt-\d\S*-pro/, levels: ['off', 'low'], next: 'Take "medium" or "high".' },
  { models: /^(openai|azure)\/(o\d|gpt-5(-|$)|gpt-\S*codex)/, levels: ['off'], next: 'Take "low".' },
  { models: /^(ollama|nebius)\/(\S+\/)?gpt-oss/, levels: ['off'], next: 'Take "low".' },
  { models: /^anthropic\/claude-(2|instant|3-[5hos])/, levels: thinks, next: 'It does not think. Use a newer model.' },
  { models: /^anthropic\/\S*(fable|mythos|opus-5-5)/, levels: ['off'], next: 'Take "low".' },
  { models: /^google\/gemini-(1|2\.0)/, levels: thinks, next: 'It does not think. Use a newer model.' },
  { models: /^google\/gemini-(2\.5-pro|[3-9])/, levels: ['off'], next: 'Take "low".' },
  { models: /^google\/gemini-3-pro/, levels: ['medium'], next: 'Take "low" or "high".' },
  {
    models: /^(lmstudio|local)\//,
    levels: ['off', ...thinks],
    next: 'Its server has no setting for it; set it there.',
  },
];

/**
 * Checks that a model can think as much, or as little, as it is asked to. Of models that are not known nothing is said.
 *
 * @param id `vendor/name`.
 * @throws {CapstanError} `invalid_config` where the model cannot.
 */
export function checkReasoning(id: string, level: Reasoning): void {
  const gap = gapOf(id, level);
  if (gap) throw noSuchReasoning(id, level, gap.next);
}

/** Tells whether a model is known not to think as much, or as little. */
export function lacksReasoning(id: string, level: Reasoning): boolean {
  return gapOf(id, level) !== undefined;
}

function gapOf(id: string, level: Reasoning): Gap | undefined {
  return gaps.find(({ models, levels }) => levels.includes(level) && models.test(id));
}
