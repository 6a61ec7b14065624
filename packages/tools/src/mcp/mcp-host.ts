import type { Tool } from '@capstan/sdk/contract';

/** What a server may ask of the app and the person before it. What is absent, servers are told is not to be had. */
export interface McpHost {
  /** Folders that servers are told to work in, as absolute paths. Only a hint: nothing confines a server to them. */
  readonly roots?: readonly string[];
  /**
   * Puts a server's question to the user. Gives `undefined` if he does not want to answer; must stop waiting when the
   * signal aborts. Nothing is ever answered without it.
   */
  readonly elicit?: (question: McpQuestion) => Promise<McpReply | undefined>;
  readonly sampling?: McpSampling;
}

/** A server's question to the user: a form to fill in, or a page to open. */
export interface McpQuestion {
  readonly server: string;
  /** Written by the server; not to be trusted. */
  readonly message: string;
  /** What is asked, as a JSON Schema of an object whose properties are text, numbers, truth values or choices. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** A page where the user is to do something. Show the whole address before opening it. */
  readonly url?: string;
  readonly signal: AbortSignal;
}

/** What the user filled in, by the names of the form; empty for a page. */
export type McpReply = Readonly<Record<string, string | number | boolean | string[]>>;

/** Lets servers ask the model. Such requests draw on the budget of the run whose call they came in. */
export interface McpSampling {
  /** Made by `asTool` of an agent without tools; answers in place of the model. */
  readonly agent: Tool;
  /** Shows a request to the user and says whether he allows it. */
  readonly allow: (request: McpSample) => Promise<boolean>;
}

/** A server's request to the model, written by the server and not to be trusted. */
export interface McpSample {
  readonly server: string;
  readonly text: string;
  readonly signal: AbortSignal;
}
