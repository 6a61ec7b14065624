import type { Json } from '@capstan/sdk/contract';

/** What a call of the Gemini API asks for beyond the conversation. */
export interface GoogleRequestOptions {
  /**
   * How much the model thinks: a number of tokens for Gemini 2.5, a level for Gemini 3 and later, `off` where the model
   * can do without. Default: the model's own.
   */
  readonly thinking?:
    | 'off'
    | { readonly budgetTokens: number }
    | { readonly level: 'minimal' | 'low' | 'medium' | 'high' };
  /** Asks for summaries of the thoughts, which stream as reasoning. Default: on for models that think. */
  readonly thoughts?: boolean;
  /**
   * How an answer of a schema is asked for: by the API's own structured output, or as the arguments of a function, which
   * models before Gemini 3 need when they have tools as well. Default: by the model's name.
   */
  readonly structured?: 'native' | 'tool';
  /** Tools that run at Google, as the API defines them, for example `{ googleSearch: {} }`. */
  readonly serverTools?: readonly Json[];
  /** Fields added to the body of each request as they are, such as `safetySettings`; they win over ours. */
  readonly body?: { readonly [field: string]: Json };
  /**
   * Told once for each schema of which a keyword had to be left out, as Gemini does not take it. Default: a warning of the
   * process. Arguments and answers are still checked against the whole schema.
   */
  readonly warn?: (message: string) => void;
}

/** The generation of a Gemini model by its name, for example 2.5; `undefined` for other models. */
export function generationOf(model: string): number | undefined {
  const found = /gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1];
  return found === undefined ? undefined : Number(found);
}
