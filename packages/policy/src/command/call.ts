import type { Field } from './field.ts';
import type { Context, Origin, State } from './state.ts';

/** A command with its words expanded, on its way to be understood. */
export interface Call {
  readonly name: string;
  /** The words after the name. */
  readonly words: readonly Field[];
  readonly state: State;
  /** `emit` takes what this command itself does; what it runs in turn speaks for itself. */
  readonly context: Context;
}

/** What a command turned out to be. */
export interface Outcome {
  readonly origin?: Origin;
  /** Not understood well enough to be harmless; the sentence says why. */
  readonly ask?: string;
  /** The same, and no mode can tell what it touches: an `unknown` effect. */
  readonly unclear?: string;
  /** Catastrophic; the sentence says why. */
  readonly harm?: string;
  /** Only looks something up at a service of this name that the user has set up. */
  readonly asks?: string;
  /** Runs the repository's own code. */
  readonly scripts?: boolean;
}

export type Handler = (call: Call) => Outcome;

/** Words that are known, or undefined. */
export function knownTexts(words: readonly Field[]): readonly string[] | undefined {
  return words.every((word) => word.known && !word.glob) ? words.map((word) => word.text) : undefined;
}
