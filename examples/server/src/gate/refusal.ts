import { CapstanError } from '@capstan/sdk';
import { limitHeaders } from '../limits/limit-headers.ts';
import type { LimitState } from '../limits/limits.ts';
import type { Refusal } from './gate.ts';

/** From this on, two vendors' clients do not wait but fail. */
const longestWaitMs = 59_000;
/** When calls under way hold what is left, some will have ended by then. */
const busyWaitMs = 2_000;

/** Says why limits refused a call: the worst reason first, for it is of no use to wait for another. */
export function refusalOf(states: readonly LimitState[], now: number): Refusal {
  const refusing = states.filter(({ fits }) => fits !== 'yes').toSorted((one, other) => rank(other) - rank(one));
  const [worst] = refusing;
  if (!worst) return unavailable(new CapstanError('rate_limited', 'A limit refused the call.', { retryable: true }));
  const isDaily = worst.windowMs > 60_000;
  const final = worst.fits === 'never' || (worst.fits === 'full' && isDaily);
  const retryAfterMs = final ? undefined : waitOf(worst, now);
  const details = { retryable: !final, where: worst.scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return {
    refused: new CapstanError('rate_limited', words(worst, now), details),
    final,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    headers: limitHeaders(states, now),
  };
}

/** The refusal of a device that must not go on. */
export function stopRefusal(refused: CapstanError): Refusal {
  return { refused, final: true, headers: {} };
}

/** The refusal when limits cannot be looked up: better none served than all without limits. */
export function unavailable(refused: CapstanError): Refusal {
  return { refused, final: false, retryAfterMs: busyWaitMs, headers: {} };
}

function rank({ fits, windowMs }: LimitState): number {
  return { yes: 0, busy: 1, full: 2, never: 3 }[fits] * 1e9 + windowMs;
}

function waitOf({ fits, endsAt }: LimitState, now: number): number {
  return fits === 'busy' ? busyWaitMs : Math.min(longestWaitMs, Math.max(1, endsAt - now));
}

const subjects = { device: 'This device', ip: 'This address', organisation: 'The organisation' };

function words({ scope, unit, windowMs, max, amount, remaining, endsAt, fits }: LimitState, now: number): string {
  const who = subjects[scope];
  const span = windowMs > 60_000 ? 'day' : 'minute';
  const show = (value: number) => (unit === 'cost' ? `${(value / 1e6).toFixed(4)} US dollars` : `${value} ${unit}`);
  if (fits === 'never') {
    return `The call may take ${show(amount)}; ${who.toLowerCase()} has at most ${show(max)} a ${span}. Ask for a shorter reply.`;
  }
  const left = `${who} has ${show(remaining)} left of ${show(max)} a ${span}, and the call may take ${show(amount)}.`;
  if (fits === 'busy') return `${left} Calls under way hold the rest; try again when they are done.`;
  if (span === 'day') return `${left} The quota is renewed at ${new Date(endsAt).toISOString()}.`;
  return `${left} Try again in ${Math.max(1, Math.ceil((endsAt - now) / 1000))} seconds.`;
}
