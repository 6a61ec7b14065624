import { CapstanError, type ErrorDetails } from '@capstan/sdk/contract';
import { maskSecrets } from './mask.ts';
import { retryAfter, type HeaderReader } from './retry-after.ts';

/** A reply that is not a success, read whole. */
export interface HttpReply {
  readonly status: number;
  readonly header: HeaderReader;
  /** The body, cut after some kilobytes. */
  readonly text: string;
}

/** Who was asked, for messages that say what to do next. */
export interface Asked {
  /** `vendor/name`. */
  readonly model: string;
  /** Vendor as it is called in `capstan auth login`, for example `openai`. */
  readonly vendor: string;
  /** Name of the environment variable that holds the key; absent where there is none. */
  readonly keyVariable?: string;
  /** Keys that must not appear in any message. */
  readonly secrets?: readonly (string | undefined)[];
}

/** What a vendor says went wrong, from the body of an error or an error event inside a stream. */
export interface VendorWords {
  readonly message: string;
  /** Codes, types and statuses in lower case, joined by spaces. */
  readonly code: string;
}

/**
 * Turns a refused request into an error of ours: the code, whether the same call may succeed later, how long to wait,
 * and the vendor's own words with keys masked.
 *
 * @param now Unix milliseconds, to read dates in headers.
 */
export function errorFromReply(reply: HttpReply, asked: Asked, now: number): CapstanError {
  const words = readVendorWords(reply.text);
  const retryAfterMs = retryAfter(reply.header, reply.text, now);
  const requestId = reply.header('x-request-id') ?? reply.header('request-id') ?? reply.header('apim-request-id');
  const kind = classify(reply.status, words, { shouldRetry: reply.header('x-should-retry'), retryAfterMs });
  return failure(kind, words, asked, {
    status: reply.status,
    ...(retryAfterMs !== undefined && kind.retryable ? { retryAfterMs } : {}),
    ...(requestId ? { requestId: maskSecrets(requestId, asked.secrets).slice(0, 200) } : {}),
  });
}

/** Turns an error that a vendor sends inside a stream, after status 200, into an error of ours. */
export function errorFromEvent(body: unknown, asked: Asked): CapstanError {
  const words = vendorWords(body);
  const status = statusOf(body, words);
  const retryAfterMs = retryAfter(() => undefined, words.message, 0);
  const kind = classify(status, words, { retryAfterMs });
  return failure(kind, words, asked, {
    ...(status === 0 ? {} : { status }),
    ...(retryAfterMs !== undefined && kind.retryable ? { retryAfterMs } : {}),
  });
}

interface Hints {
  readonly shouldRetry?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

interface Kind {
  readonly code: 'auth_refused' | 'rate_limited' | 'context_overflow' | 'not_found' | 'invalid_config' | 'model_failed';
  readonly retryable: boolean;
  readonly said: string;
  readonly next: string;
}

function failure(kind: Kind, words: VendorWords, asked: Asked, details: ErrorDetails): CapstanError {
  const told = maskSecrets(words.message, asked.secrets).replaceAll(/\s+/g, ' ').trim().slice(0, 600);
  const status = details.status ? ` (${details.status})` : '';
  const next = kind.next.replaceAll('{vendor}', asked.vendor).replaceAll('{variable}', asked.keyVariable ?? 'the key');
  const message = `${asked.model} ${kind.said}${status}${told ? `: ${told.replace(/[.:]$/, '')}` : ''}. ${next}`;
  return new CapstanError(kind.code, message, { retryable: kind.retryable, model: asked.model, ...details });
}

const overflow =
  /context[ _](length|window|size)|maximum context|prompt is too long|input is too long|too many (input )?tokens|token count.{0,40}exceed|exceed\w*.{0,60}(context|token limit|max(imum)?.{0,20}tokens)|(input|prompt).{0,40}(exceed|too (long|large))|reduce the length|request_too_large|string_above_max_length|model_max_prompt_tokens/i;
const outOfQuota =
  /insufficient_quota|quota_exceeded|billing|insufficient.{0,10}(balance|credit|funds)|exceeded your current quota|usage_limit_reached|credit balance|payment required|hard limit/i;
const badKey =
  /invalid.{0,10}api.?key|incorrect api key|api_key_invalid|api key (not valid|expired)|invalid_api_key|authentication_error|unauthorized|unauthenticated/i;
const filtered =
  /content_filter|content_policy|content management policy|responsible ?ai|safety system|data_inspection_failed|moderation|policy_violation|bio_policy/i;
const overloaded = /overloaded|temporarily unavailable|capacity|unavailable|engine is currently/i;

const tryLater = 'Try again later or use another model.';

/** Decides by the vendor's codes first, as many vendors misuse statuses, then by status. */
function classify(status: number, words: VendorWords, hints: Hints): Kind {
  const all = `${words.code} ${words.message}`;
  const refused = status >= 400 && status < 500;
  if (status >= 300 && status < 400) {
    return {
      code: 'invalid_config',
      retryable: false,
      said: 'sends the request elsewhere',
      next: 'Set the base URL to the address it names.',
    };
  }
  if (status !== 429 && (status === 413 || ((refused || status === 0 || status === 500) && overflow.test(all)))) {
    return {
      code: 'context_overflow',
      retryable: false,
      said: 'takes no prompt of this length',
      next: 'Compact or shorten the conversation.',
    };
  }
  // Google tells of a limit per minute in the words of a quota, but then says how long to wait.
  const noQuota = outOfQuota.test(hints.retryAfterMs === undefined ? all : words.code);
  if (status === 402 || (noQuota && (refused || status === 0))) {
    return {
      code: 'rate_limited',
      retryable: false,
      said: 'has no quota left for this key',
      next: 'Add credit at {vendor} or use another model.',
    };
  }
  if (status === 401 || ((refused || status === 0) && badKey.test(all))) {
    return {
      code: 'auth_refused',
      retryable: false,
      said: 'refuses the key',
      next: 'Check {variable}, or run: capstan auth login {vendor}',
    };
  }
  if ((refused || status === 0) && filtered.test(all)) {
    return {
      code: 'model_failed',
      retryable: false,
      said: 'filtered the request',
      next: 'Change the prompt or use another model.',
    };
  }
  return byStatus(status, all, hints.shouldRetry);
}

function byStatus(status: number, all: string, shouldRetry: string | undefined): Kind {
  const retryable = shouldRetry !== 'false';
  if (status === 429 || /rate.?limit|too_many_requests|resource_exhausted/i.test(all)) {
    return { code: 'rate_limited', retryable, said: 'limits the rate of calls', next: tryLater };
  }
  if (status === 403) {
    return {
      code: 'auth_refused',
      retryable: false,
      said: 'does not allow this',
      next: 'Check what the key may do at {vendor}.',
    };
  }
  if (status === 404) {
    return {
      code: 'not_found',
      retryable: false,
      said: 'was not found',
      next: 'Check the model name and the base URL.',
    };
  }
  if (status === 529 || status === 503 || ((status === 0 || status >= 500) && overloaded.test(all))) {
    return { code: 'model_failed', retryable, said: 'is overloaded', next: tryLater };
  }
  if (status === 408 || status === 409 || status === 425 || (status >= 500 && status !== 501) || status === 0) {
    return { code: 'model_failed', retryable, said: 'failed', next: tryLater };
  }
  const asked = shouldRetry === 'true';
  return {
    code: 'model_failed',
    retryable: asked,
    said: 'refuses the request',
    next: 'Change the request as the vendor says.',
  };
}

/** Reads the words of an error body: JSON of any vendor, a web page or plain text. */
export function readVendorWords(text: string): VendorWords {
  const trimmed = text.trim();
  if (/^(<!doctype|<html|<\?xml)/i.test(trimmed)) {
    const title = /<title[^>]*>([^<]{0,200})/i.exec(trimmed)?.[1]?.trim();
    return { message: `the server sent a web page${title ? ` ("${title}")` : ''} instead of JSON`, code: '' };
  }
  try {
    return vendorWords(JSON.parse(trimmed));
  } catch {
    return { message: trimmed.slice(0, 600), code: '' };
  }
}

/** Finds message and codes in a parsed error of any vendor. */
export function vendorWords(body: unknown): VendorWords {
  const outer = asRecord(Array.isArray(body) ? body[0] : body);
  const inner = asRecord(outer['error']);
  const response = asRecord(asRecord(outer['response'])['error']);
  const texts = [
    inner['message'],
    response['message'],
    outer['error'],
    outer['message'],
    outer['detail'],
    inner['metadata'] && asRecord(inner['metadata'])['raw'],
  ];
  const message = texts.find((text): text is string => typeof text === 'string' && text !== '');
  const codes = [
    inner['code'],
    inner['type'],
    inner['status'],
    response['code'],
    outer['code'],
    outer['type'],
    asRecord(inner['innererror'])['code'],
  ];
  const code = codes
    .filter((one) => typeof one === 'string' || typeof one === 'number')
    .join(' ')
    .toLowerCase();
  return { message: message ?? (body === undefined || isEmpty(body) ? '' : JSON.stringify(body).slice(0, 600)), code };
}

function statusOf(body: unknown, words: VendorWords): number {
  const outer = asRecord(body);
  const inner = asRecord(outer['error']);
  for (const value of [inner['status'], inner['code'], inner['http_code'], outer['status'], outer['code']]) {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  }
  if (words.code.includes('overloaded')) return 529;
  if (/server_error|api_error|internal/.test(words.code)) return 500;
  if (/rate_limit|too_many_requests/.test(words.code)) return 429;
  if (/invalid_request|invalid_prompt|bad_request/.test(words.code)) return 400;
  return 0;
}

function asRecord(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : {};
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
