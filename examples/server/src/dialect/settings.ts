import type { ModelRequest, Sampling, ToolChoice, ToolSpec } from '@capstan/sdk/contract';
import { present } from './fields.ts';

/** Everything of a request but the conversation, as a decoder found it. */
export interface Settings {
  readonly instructions?: string | undefined;
  readonly tools: readonly ToolSpec[];
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelCalls?: boolean | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly output?: ModelRequest['output'] | undefined;
  readonly seed?: number | undefined;
  readonly sampling?: { readonly [K in keyof Sampling]: Sampling[K] | undefined };
  readonly reasoning?: ModelRequest['reasoning'] | undefined;
}

/** Makes the SDK's request of what a decoder found; what was not asked for is absent. */
export function requestOf(messages: ModelRequest['messages'], settings: Settings): ModelRequest {
  const { instructions, sampling = {}, toolChoice, ...rest } = settings;
  const chosen = present(sampling);
  return {
    ...present(rest),
    ...(instructions?.trim() ? { instructions } : {}),
    // `auto` is what happens without a choice.
    ...(toolChoice === undefined || toolChoice === 'auto' ? {} : { toolChoice }),
    ...(Object.keys(chosen).length > 0 ? { sampling: chosen } : {}),
    messages,
  } as ModelRequest;
}

/** Joins instructions that came in several places. */
export function joinInstructions(...texts: readonly (string | undefined)[]): string | undefined {
  const some = texts.filter((text) => text?.trim());
  return some.length > 0 ? some.join('\n\n') : undefined;
}

/** Instructions in the middle of a conversation: only some vendors take them there, so all read them as marked words. */
export function lateInstructions(text: string): string {
  return `<instructions>\n${text}\n</instructions>`;
}

/** Vendors' steps of effort, as the SDK counts them. A word that is not known is no wish. */
export function reasoningOf(effort: string | undefined): ModelRequest['reasoning'] {
  switch (effort) {
    case 'none':
      return 'off';
    case 'minimal':
    case 'low':
      return 'low';
    case 'medium':
      return 'medium';
    case 'high':
    case 'xhigh':
    case 'max':
      return 'high';
    default:
      return undefined;
  }
}

/** Vendors that think in tokens, in the same steps. */
export function reasoningOfBudget(tokens: number): ModelRequest['reasoning'] {
  if (tokens === 0) return 'off';
  if (tokens < 0) return undefined;
  return tokens <= 4096 ? 'low' : tokens <= 16_384 ? 'medium' : 'high';
}

/** For clients that ask for JSON without a schema: vendors differ in how, so the model is told. */
export const anyJson = 'Reply with one JSON object and nothing else.';
