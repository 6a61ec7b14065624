import type { Effect } from '@capstan/policy';
import type { ResultPart } from './message.ts';
import type { PatchSummary } from './patch.ts';
import type { Schema, SchemaOutput } from './schema.ts';

/**
 * A tool: what a model may call. Make one with `defineTool`; `toolSuite` in `@capstan/sdk/testing` checks it.
 *
 * `effects` must not change anything. `execute` must stop when its signal aborts and must throw (anything) to fail;
 * the message of what it throws is what the model reads.
 */
export interface Tool<Input = unknown> {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** Written for the model: what it does, what it gives, when to use it. */
  readonly description: string;
  readonly input: Schema;
  /** Says what a call would do. Absent: unknown, so the policy's `otherwise.unknown` decides. */
  readonly effects?: (input: Input, context: EffectContext) => readonly Effect[] | Promise<readonly Effect[]>;
  readonly execute: (input: Input, context: ToolContext) => ToolOutput | Promise<ToolOutput>;
  /**
   * What a person is shown before approving. Asked for only when the policy says `ask`. Must be the same while what it
   * shows is the same: an approval is void when it has changed.
   */
  readonly preview?: (input: Input, context: EffectContext) => Preview | Promise<Preview>;
  /** Milliseconds until the call is stopped and fails. Default 120,000. */
  readonly timeoutMs?: number;
  /** UTF-8 bytes of text the model is given of one result; the rest is kept on disk. Default 32,768. */
  readonly maxOutputBytes?: number;
  /**
   * What it gives may be written by strangers: web pages, issues, other programs' words. It is marked as data for the
   * model, and from then on the run asks before whatever could carry something out, in every mode.
   */
  readonly untrusted?: boolean;
  /** Doing the same call twice does no more than doing it once, so a call whose process died is run again. */
  readonly idempotent?: boolean;
  /**
   * Finds out what became of a call whose process died while it ran. Gives its output if it was done, `undefined` if
   * that cannot be told; then the model reads that its effect is in doubt.
   */
  readonly reconcile?: (
    input: Input,
    context: ReconcileContext,
  ) => ToolOutput | undefined | Promise<ToolOutput | undefined>;
}

export interface ReconcileContext {
  readonly signal: AbortSignal;
  readonly callId: string;
  readonly sessionId: string;
}

export interface EffectContext {
  readonly signal: AbortSignal;
  /** The session of the call, for a tool whose effects depend on earlier calls. Absent outside a run. */
  readonly sessionId?: string;
  /** Absent outside a run. */
  readonly callId?: string;
}

export interface ToolContext {
  /** Aborts on stop, timeout and budget. */
  readonly signal: AbortSignal;
  /** Stays the same when a call is run again after a crash, so with `sessionId` it serves as an idempotency key. */
  readonly callId: string;
  readonly runId: string;
  readonly sessionId: string;
  /** Sends a piece of live output to readers as `tool.progress`. */
  readonly progress: (text: string) => void;
  /** Reports a change of the work tree; becomes `patch.created`. */
  readonly patched: (patch: PatchSummary) => void;
}

/** Text, or parts with images and files. */
export type ToolOutput = string | readonly ResultPart[];

/** What an approval shows. */
export type Preview =
  | { readonly kind: 'diff'; readonly diff: string }
  | { readonly kind: 'command'; readonly command: string; readonly cwd: string }
  | { readonly kind: 'text'; readonly text: string };

/** What `defineTool` takes. */
export interface ToolDefinition<S extends Schema> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  /** Effects of a call; `[]` for a tool that touches nothing. */
  readonly effects?:
    | readonly Effect[]
    | ((input: SchemaOutput<S>, context: EffectContext) => readonly Effect[] | Promise<readonly Effect[]>);
  readonly execute: (input: SchemaOutput<S>, context: ToolContext) => ToolOutput | Promise<ToolOutput>;
  readonly preview?: (input: SchemaOutput<S>, context: EffectContext) => Preview | Promise<Preview>;
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  readonly untrusted?: boolean;
  readonly idempotent?: boolean;
  readonly reconcile?: (
    input: SchemaOutput<S>,
    context: ReconcileContext,
  ) => ToolOutput | undefined | Promise<ToolOutput | undefined>;
}
