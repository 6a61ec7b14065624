import { costMicros, type ModelInfo, type Usage } from '@capstan/sdk/contract';
import type { Estimate } from '../gate/gate.ts';

/** Bytes of text a token has at the least, in practice; English and code have four, other scripts two to three. */
const bytesPerToken = 2;
/** Tokens of an image or a file at the most that vendors charge for one of usual size. */
const tokensPerAttachment = 3_000;
/** A string of this length without a blank is the content of a file, not text. */
const attachmentBytes = 4_096;
const defaultOutputTokens = 8_192;

export interface EstimateOptions {
  readonly body: unknown;
  readonly bytes: number;
  /** What the client limits the reply to. */
  readonly maxOutputTokens?: number | undefined;
  /** Of each place that may answer. */
  readonly infos: readonly ModelInfo[];
}

/** The most that a call can be expected to use, for the reservation; what it does use is settled later. */
export function estimateOf({ body, bytes, maxOutputTokens, infos }: EstimateOptions): Omit<Estimate, 'fingerprint'> {
  const attached = bytes > attachmentBytes ? attachmentsIn(body) : { bytes: 0, count: 0 };
  const inputTokens = Math.ceil((bytes - attached.bytes) / bytesPerToken) + attached.count * tokensPerAttachment;
  const known = infos.map((info) => info.maxOutputTokens).filter((limit) => limit !== undefined);
  const most = known.length > 0 ? Math.max(...known) : undefined;
  const outputTokens = Math.min(maxOutputTokens ?? Math.min(most ?? Infinity, defaultOutputTokens), most ?? Infinity);
  const costs = infos.map(({ price }) => price && costMicros({ inputTokens, outputTokens }, price));
  const unknown = costs.includes(undefined);
  return {
    tokens: inputTokens + outputTokens,
    ...(unknown ? {} : { costMicros: Math.max(0, ...costs.map((cost) => cost ?? 0)) }),
  };
}

/** What a stream used that broke off before its vendor told: about a token a piece. */
export function guessedUsage(bodyBytes: number, pieces: number): Usage {
  return { inputTokens: Math.ceil(bodyBytes / 4), outputTokens: pieces, estimated: true };
}

interface Attached {
  bytes: number;
  count: number;
}

function attachmentsIn(value: unknown, found: Attached = { bytes: 0, count: 0 }): Attached {
  if (typeof value === 'string') {
    if (value.length < attachmentBytes || /\s/.test(value.slice(64, 1024))) return found;
    found.bytes += value.length;
    found.count += 1;
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) attachmentsIn(inner, found);
  }
  return found;
}

/** The limit of the reply, wherever the client's dialect puts it. */
export function outputLimitOf(body: Readonly<Record<string, unknown>>): number | undefined {
  const config = body['generationConfig'] as { readonly maxOutputTokens?: unknown } | null | undefined;
  const candidates = [
    body['max_output_tokens'],
    body['max_completion_tokens'],
    body['max_tokens'],
    typeof config === 'object' ? config?.maxOutputTokens : undefined,
  ];
  const limit = candidates.find((one): one is number => typeof one === 'number' && Number.isFinite(one) && one >= 0);
  return limit === undefined ? undefined : Math.ceil(limit);
}
