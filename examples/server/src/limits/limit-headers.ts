import type { LimitState, LimitUnit } from './limits.ts';

type Headers = Readonly<Record<string, string>>;

const minute = 60_000;

/**
 * Says how limits stand, in the spellings of the vendors' clients and in that of the IETF
 * (draft-ietf-httpapi-ratelimit-headers-10, read 2026-11). Of several limits of one kind the tightest is told.
 */
export function limitHeaders(states: readonly LimitState[], now: number): Headers {
  const requests = tightest(states, 'requests', minute);
  const tokens = tightest(states, 'tokens', minute);
  return {
    ...(requests ? vendorHeaders('requests', requests, now) : {}),
    ...(tokens ? vendorHeaders('tokens', tokens, now) : {}),
    ...quotaHeaders(states),
    ...ietfHeaders(states, now),
  };
}

function tightest(states: readonly LimitState[], unit: LimitUnit, windowMs: number): LimitState | undefined {
  let found: LimitState | undefined;
  for (const state of states) {
    if (state.unit !== unit || state.windowMs !== windowMs) continue;
    if (!found || state.remaining < found.remaining) found = state;
  }
  return found;
}

function vendorHeaders(kind: 'requests' | 'tokens', { max, remaining, endsAt }: LimitState, now: number): Headers {
  return {
    [`x-ratelimit-limit-${kind}`]: String(max),
    [`x-ratelimit-remaining-${kind}`]: String(remaining),
    [`x-ratelimit-reset-${kind}`]: duration(endsAt - now),
    [`anthropic-ratelimit-${kind}-limit`]: String(max),
    [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${kind}-reset`]: isoOf(endsAt),
  };
}

/** What is left of the day. Cost in millionths of a US dollar. */
function quotaHeaders(states: readonly LimitState[]): Headers {
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens', 'cost'] as const) {
    const state = tightest(states, unit, 86_400_000);
    if (!state) continue;
    const name = unit === 'cost' ? 'cost-micros' : unit;
    headers[`x-quota-limit-${name}-day`] = String(state.max);
    headers[`x-quota-remaining-${name}-day`] = String(state.remaining);
    headers[`x-quota-reset-${name}-day`] = isoOf(state.endsAt);
  }
  return headers;
}

function ietfHeaders(states: readonly LimitState[], now: number): Headers {
  if (states.length === 0) return {};
  let policies = '';
  let current = '';
  for (const { label, policy, remaining, endsAt } of states) {
    const comma = policies === '' ? '' : ', ';
    policies += comma + policy;
    current += `${comma}${label};r=${remaining};t=${Math.max(0, Math.ceil((endsAt - now) / 1000))}`;
  }
  return { 'ratelimit-policy': policies, ratelimit: current };
}

const written = new Map<number, string>();

/** Windows are few, and calls many. */
function isoOf(at: number): string {
  const found = written.get(at);
  if (found !== undefined) return found;
  if (written.size > 100) written.clear();
  const text = new Date(at).toISOString();
  written.set(at, text);
  return text;
}

/** As OpenAI writes it: `1s`, `6m0s`, `20ms`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.ceil(ms))}ms`;
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
