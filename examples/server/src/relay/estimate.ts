import { costMicros, type ModelInfo, type Usage } from '@capstan/sdk/contract';
import type { Estimate } from '../gate/gate.ts';

/** Bytes of text a token has at the least, in practice; English and code have four, other scripts two to three. */
const bytesPerToken = 2;
const usualBytesPerToken = 4;
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
  /** Replies that the client asks for at once. Default 1. */
  readonly choices?: number;
  /** Of each place that may answer. */
  readonly infos: readonly ModelInfo[];
}

/** The most that a call can be expected to use, for the reservation; what it does use is settled later. */
export function estimateOf(options: EstimateOptions): Omit<Estimate, 'fingerprint'> {
  const { body, bytes, maxOutputTokens, choices = 1, infos } = options;
  const inputTokens = inputOf(body, bytes, bytesPerToken);
  const known = infos.map((info) => info.maxOutputTokens).filter((limit) => limit !== undefined);
  const most = known.length > 0 ? Math.max(...known) : undefined;
  const reply = Math.min(maxOutputTokens ?? Math.min(most ?? Infinity, defaultOutputTokens), most ?? Infinity);
  const outputTokens = reply * choices;
  const costs = infos.map(({ price }) => price && costMicros({ inputTokens, outputTokens }, price));
  const unknown = costs.includes(undefined);
  return {
    tokens: inputTokens + outputTokens,
    ...(unknown ? {} : { costMicros: Math.max(0, ...costs.map((cost) => cost ?? 0)) }),
  };
}

/** What a call used whose vendor did not tell, as a stream that broke off: about a token a piece. */
export function guessedUsage(body: unknown, bytes: number, pieces: number): Usage {
  return { inputTokens: inputOf(body, bytes, usualBytesPerToken), outputTokens: pieces, estimated: true };
}

function inputOf(body: unknown, bytes: number, perToken: number): number {
  const attached = bytes > attachmentBytes ? attachmentsIn(body) : { bytes: 0, count: 0 };
  return Math.ceil((bytes - attached.bytes) / perToken) + attached.count * tokensPerAttachment;
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

type Fields = Readonly<Record<string, unknown>>;

/** The limit of the reply, wherever the client's dialect puts it. */
export function outputLimitOf(body: Fields): number | undefined {
  const config = googleConfigOf(body);
  const candidates = [
    body['max_output_tokens'],
    body['max_completion_tokens'],
    body['max_tokens'],
    config['maxOutputTokens'],
    config['max_output_tokens'],
  ];
  const limit = candidates.find((one): one is number => typeof one === 'number' && Number.isFinite(one) && one >= 0);
  return limit === undefined ? undefined : Math.ceil(limit);
}

/** More are asked for by nobody, and refused by every vendor. */
const mostChoices = 128;

/** How many replies the client asks for at once, each as long as the limit lets it be. */
export function choicesOf(body: Fields): number {
  const config = googleConfigOf(body);
  const asked = [body['n'], config['candidateCount'], config['candidate_count']];
  const counts = asked.filter((one): one is number => typeof one === 'number' && Number.isFinite(one));
  return Math.min(mostChoices, Math.max(1, ...counts.map(Math.ceil)));
}

/** Google takes its names in either spelling. */
function googleConfigOf(body: Fields): Fields {
  const config = body['generationConfig'] ?? body['generation_config'];
  return typeof config === 'object' && config !== null ? (config as Fields) : {};
}
