import type { Claim, LimitStore, Reservation, ReserveResult } from './limit-store.ts';
import { windowStart } from './limit-store.ts';

/** Limits of one scope. An absent one does not limit. */
export interface ScopeLimits {
  readonly requestsPerMinute?: number;
  readonly requestsPerDay?: number;
  /** Tokens of prompt and reply together. */
  readonly tokensPerMinute?: number;
  readonly tokensPerDay?: number;
  /** US dollars. A call whose price is unknown is refused where this is set. */
  readonly costUsdPerDay?: number;
}

export interface LimitsConfig {
  readonly device?: ScopeLimits;
  /** An IPv4 address, or a /64 of IPv6. */
  readonly ip?: ScopeLimits;
  /** All devices of an organisation together. */
  readonly organisation?: ScopeLimits;
  /** By the organisation's name; each field goes before `organisation`. */
  readonly organisations?: { readonly [name: string]: ScopeLimits };
}

export type LimitScope = 'device' | 'ip' | 'organisation';
export type LimitUnit = 'requests' | 'tokens' | 'cost';

/** What a call is counted against. */
export interface Subject {
  readonly deviceId: string;
  readonly organisation: string;
  readonly ipGroup: string;
}

export interface Amounts {
  readonly tokens: number;
  /** Millionths of a US dollar; `undefined` when unknown. */
  readonly costMicros: number | undefined;
}

/** One limit as it stands after a call was counted, or refused. */
export interface LimitState {
  readonly scope: LimitScope;
  readonly unit: LimitUnit;
  readonly windowMs: number;
  /** Requests, tokens or micro-dollars. */
  readonly max: number;
  readonly remaining: number;
  /** Unix milliseconds at which the window ends. */
  readonly endsAt: number;
  readonly label: string;
  readonly policy: string;
  /** What the call asked for at worst. */
  readonly amount: number;
  /** `full`: what is used leaves no room in this window; `busy`: calls under way hold it; `never`: it exceeds the limit itself. */
  readonly fits: 'yes' | 'busy' | 'full' | 'never';
}

export interface LimitsResult {
  readonly now: number;
  readonly states: readonly LimitState[];
  /** Absent when a limit refused. */
  readonly taken?: {
    readonly reservation: Reservation;
    /** Turns what was used into the amounts that the reservation is settled with. */
    readonly amountsOf: (used: Amounts) => readonly number[];
  };
}

/** One limit of one subject. */
export interface Rule {
  readonly scope: LimitScope;
  readonly unit: LimitUnit;
  readonly windowMs: number;
  readonly max: number;
  readonly name: string;
  /** As `RateLimit` and `RateLimit-Policy` write it. */
  readonly label: string;
  readonly policy: string;
}

const minute = 60_000;
const day = 86_400_000;

const kinds = [
  ['requestsPerMinute', 'requests', minute],
  ['requestsPerDay', 'requests', day],
  ['tokensPerMinute', 'tokens', minute],
  ['tokensPerDay', 'tokens', day],
  ['costUsdPerDay', 'cost', day],
] as const satisfies readonly (readonly [keyof ScopeLimits, LimitUnit, number])[];

/** Gives the rules of subjects, and remembers those of the subjects that call. */
export function rulesOf(config: LimitsConfig): (subject: Subject) => readonly Rule[] {
  const known = new Map<string, readonly Rule[]>();
  return (subject) => {
    const id = `${subject.deviceId}\n${subject.organisation}\n${subject.ipGroup}`;
    const found = known.get(id);
    if (found) return found;
    const made = rulesFor(subject, config);
    if (known.size >= 10_000) known.clear();
    known.set(id, made);
    return made;
  };
}

/** The rules that count for a subject, in the order of their names. */
function rulesFor({ deviceId, organisation, ipGroup }: Subject, config: LimitsConfig): readonly Rule[] {
  const own = organisation && config.organisations && Object.hasOwn(config.organisations, organisation);
  const organisationLimits = { ...config.organisation, ...(own ? config.organisations?.[organisation] : {}) };
  return [
    ...rules('device', deviceId, config.device),
    ...rules('ip', ipGroup, config.ip),
    ...rules('organisation', organisation, organisation ? organisationLimits : undefined),
  ].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function rules(scope: LimitScope, id: string, limits: ScopeLimits = {}): readonly Rule[] {
  return kinds.flatMap(([key, unit, windowMs]) => {
    const max = limits[key];
    if (max === undefined) return [];
    const span = windowMs === day ? 'day' : 'minute';
    const whole = unit === 'cost' ? Math.round(max * 1e6) : max;
    const label = `"${scope}-${unit}-${span}"`;
    const quotaUnit = { requests: '', tokens: ';qu="tokens"', cost: ';qu="micro-usd"' }[unit];
    const policy = `${label};q=${whole};w=${windowMs / 1000}${quotaUnit}`;
    return { scope, unit, windowMs, label, policy, name: `${scope}:${id}:${unit}:${span}`, max: whole };
  });
}

/** Counts a call against rules: all of them or none. */
export async function takeLimits(store: LimitStore, all: readonly Rule[], amounts: Amounts): Promise<LimitsResult> {
  const claims: readonly Claim[] = all.map(({ name, windowMs, max, unit }) => {
    return { name, windowMs, max, amount: amountOf(unit, amounts) };
  });
  const result = await store.reserve(claims);
  const { now, reservation } = result;
  const states = all.map((rule, at) => stateOf(rule, claims[at]?.amount ?? 0, { result, at }));
  if (!reservation) return { now, states };
  const amountsOf = (used: Amounts): readonly number[] => all.map(({ unit }) => amountOf(unit, used));
  return { now, states, taken: { reservation, amountsOf } };
}

function amountOf(unit: LimitUnit, { tokens, costMicros = 0 }: Amounts): number {
  if (unit === 'requests') return 1;
  return Math.max(0, Math.ceil(unit === 'tokens' ? tokens : costMicros));
}

function stateOf(
  { scope, unit, windowMs, max, label, policy }: Rule,
  amount: number,
  { result, at }: { readonly result: ReserveResult; readonly at: number },
): LimitState {
  const { now, taken, used, reservation } = result;
  const before = taken[at] ?? 0;
  const after = before + (reservation ? amount : 0);
  const endsAt = windowStart(now, windowMs) + windowMs;
  const known = { scope, unit, windowMs, max, label, policy, amount, endsAt, remaining: Math.max(0, max - after) };
  if (reservation || before + amount <= max) return { ...known, fits: 'yes' };
  if (amount > max) return { ...known, fits: 'never' };
  return { ...known, fits: (used[at] ?? 0) + amount > max ? 'full' : 'busy' };
}
