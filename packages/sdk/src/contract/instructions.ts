import type { Hook } from './hook.ts';
import type { Tool } from './tool.ts';

/**
 * Instructions that are put together when a run begins, such as those of `promptLayers`. Implement it to have a system
 * prompt of your own making.
 *
 * `open` is called once a run and once for each time the run is resumed, before the first model call. The text it gives
 * stays the same for every call of the run; the same text from run to run is what lets prompt caches hit.
 */
export interface Instructions {
  /** What it throws ends the run with reason `failed`. */
  open(at: InstructionsAt): OpenInstructions | Promise<OpenInstructions>;
}

/** What instructions may depend on. */
export interface InstructionsAt {
  /** Id of the model, `vendor/name`. */
  readonly model: string;
  readonly signal: AbortSignal;
}

export interface OpenInstructions {
  /** The system prompt. */
  readonly text: string;
  /** Tools the text speaks of; they follow those of the agent and are judged by the same policy. Default: none. */
  readonly tools?: readonly Tool<never>[];
  /** Run before those of the agent. Default: none. */
  readonly hooks?: readonly Hook[];
}
