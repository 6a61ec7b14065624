import type { ModelInfo } from '@capstan/sdk/contract';

/** Which model runs in this process, and how. */
export interface LocalOptions {
  /**
   * Path of a GGUF file, or where to get one: an `https://` address or `hf:user/repository:quantisation`, which is
   * downloaded once.
   */
  readonly model: string;
  /** Tokens of prompt and reply together. Default: what the model and the memory allow, at most 32,768. */
  readonly contextTokens?: number;
  /** Where models are downloaded to. Default: `~/.node-llama-cpp/models`. */
  readonly folder?: string;
  /** Told how far a download is, in bytes. */
  readonly onProgress?: (progress: { readonly completed: number; readonly total: number }) => void;
  /** Default: the graphics card if there is one, and as many threads as the processor has cores. */
  readonly hardware?: { readonly gpu?: boolean; readonly threads?: number };
  /** How random a reply is, from 0, always the likeliest word. Default 0.7. */
  readonly temperature?: number;
  /** What is known of the model. */
  readonly info?: ModelInfo;
}
