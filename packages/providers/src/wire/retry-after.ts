/** Gives one response header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * Reads how long a vendor asks to wait, in milliseconds from `now`; `undefined` when it does not say.
 *
 * Understands, in this order: `retry-after-ms`, `retry-after` in seconds or as an HTTP date, the reset times of the
 * limits that are used up (`x-ratelimit-*`, `anthropic-ratelimit-*`), and a wait told in the words of the error.
 *
 * @param now Unix milliseconds.
 */
export function retryAfter(header: HeaderReader, words: string, now: number): number | undefined {
  const ms = Number(header('retry-after-ms') || Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms);
  const asked = header('retry-after');
  const wait = asked === undefined ? undefined : moment(asked, now);
  return wait ?? resetWait(header, now) ?? waitInWords(words);
}

const limits = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
  ['anthropic-ratelimit-input-tokens-remaining', 'anthropic-ratelimit-input-tokens-reset'],
  ['anthropic-ratelimit-output-tokens-remaining', 'anthropic-ratelimit-output-tokens-reset'],
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
] as const;

/** The longest wait of the limits that are used up; of all limits if none says that it is. */
function resetWait(header: HeaderReader, now: number): number | undefined {
  let used: number | undefined;
  let any: number | undefined;
  for (const [remaining, reset] of limits) {
    const value = header(reset);
    const wait = value === undefined ? undefined : moment(value, now);
    if (wait === undefined) continue;
    const left = header(remaining);
    if (left !== undefined && Number(left) <= 0) used = Math.max(used ?? 0, wait);
    if (left === undefined) any = Math.max(any ?? 0, wait);
  }
  return used ?? any;
}

/** Seconds (`3`, `0.5`), a duration (`6m0s`, `20ms`), a Unix time in seconds or milliseconds, or a date. */
function moment(value: string, now: number): number | undefined {
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number > 1e11) return Math.max(0, Math.ceil(number - now));
    if (number > 1e8) return Math.max(0, Math.ceil(number * 1000 - now));
    return Math.ceil(number * 1000);
  }
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  // A date always names a month or holds a time; a bare number such as "-1" is none.
  // Without a zone it is Greenwich's, as HTTP has it, not this machine's.
  const zoned = /(z|gmt|utc|[+-]\d\d:?\d\d)$/i.test(text)
    ? text
    : /^\d{4}-\d\d-\d\dT/.test(text)
      ? `${text}Z`
      : `${text} GMT`;
  const date = /[a-z]{3}|\d:\d/i.test(text) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const unitMs: { readonly [unit: string]: number } = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|[dhms])/g)) {
    total += Number(amount) * (unitMs[unit ?? 's'] ?? 0);
  }
  return Math.ceil(total);
}

/** "Please try again in 1.2s" and Google's `"retryDelay": "34s"`. */
function waitInWords(words: string): number | undefined {
  const found = /(?:try again in|retry in|retryDelay"\s*:\s*")\s*((?:\d+(?:\.\d+)?\s*(?:ms|[dhms]))+)/i.exec(
    words.slice(0, 20_000),
  );
  if (found?.[1]) return parseDuration(found[1].replaceAll(/\s/g, '').toLowerCase());
  const seconds = /(?:try again in|retry in|retry after)\s*(\d+(?:\.\d+)?)\s*second/i.exec(words.slice(0, 20_000));
  return seconds ? Math.ceil(Number(seconds[1]) * 1000) : undefined;
}
