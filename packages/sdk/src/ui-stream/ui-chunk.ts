import type { RunReason } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { Usage } from '../contract/usage.ts';

/**
 * A piece of a message on its way to `useChat`, in the AI SDK's UI message stream protocol v1 (the types of `ai` 7.0.173,
 * read 2026-11-21). Assignable to the `UIMessageChunk` of that package.
 */
export type UIChunk =
  | { readonly type: 'start'; readonly messageId: string; readonly messageMetadata: UIMetadata }
  | { readonly type: 'start-step' | 'finish-step' | 'reset-step' }
  | { readonly type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; readonly id: string }
  | { readonly type: 'text-delta' | 'reasoning-delta'; readonly id: string; readonly delta: string }
  | { readonly type: 'tool-input-start'; readonly toolCallId: string; readonly toolName: string }
  | { readonly type: 'tool-input-delta'; readonly toolCallId: string; readonly inputTextDelta: string }
  | {
      readonly type: 'tool-input-available';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: unknown;
    }
  | {
      readonly type: 'tool-approval-request';
      readonly approvalId: string;
      readonly toolCallId: string;
      readonly reason: string;
      readonly approvalDescriptor: Json;
    }
  | {
      readonly type: 'tool-approval-response';
      readonly approvalId: string;
      readonly approved: boolean;
      readonly reason?: string;
    }
  | { readonly type: 'tool-output-available'; readonly toolCallId: string; readonly output: unknown }
  | { readonly type: 'tool-output-error'; readonly toolCallId: string; readonly errorText: string }
  | { readonly type: 'tool-output-denied'; readonly toolCallId: string }
  | { readonly type: 'steering-message'; readonly id: string; readonly parts: (UITextPart | UIFilePart)[] }
  | { readonly type: `data-${string}`; readonly id?: string; readonly data: unknown; readonly transient?: boolean }
  | { readonly type: 'message-metadata'; readonly messageMetadata: UIMetadata }
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'abort'; readonly reason?: string }
  | {
      readonly type: 'finish';
      readonly finishReason: 'stop' | 'length' | 'tool-calls' | 'error' | 'interrupted';
      readonly messageMetadata: UIMetadata;
    };

/** What `message.metadata` of an answer holds. All but the ids come when the run has ended. */
export interface UIMetadata {
  readonly runId: string;
  readonly sessionId: string;
  readonly reason?: RunReason;
  readonly usage?: Usage;
  /** US dollars; absent when a price is unknown. */
  readonly costUsd?: number;
  readonly turns?: number;
}

export interface UITextPart {
  readonly type: 'text';
  readonly text: string;
}

export interface UIFilePart {
  readonly type: 'file';
  readonly mediaType: string;
  /** An address, or a data URL. */
  readonly url: string;
  readonly filename?: string;
}
