import { CapstanError } from '@capstan/sdk';
import type { Database } from '../database/database.ts';
import { stopped, type Devices } from '../devices/devices.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ipGroup } from '../limits/ip-group.ts';
import type { KeptSettlements } from '../limits/kept-settlements.ts';
import { limitHeaders } from '../limits/limit-headers.ts';
import type { LimitStore } from '../limits/limit-store.ts';
import { rulesOf, takeLimits, type LimitsConfig, type LimitsResult, type Subject } from '../limits/limits.ts';
import { RunawayGuard, type RunawayOptions } from '../limits/runaway-guard.ts';
import type { Admission, Caller, Estimate, Gate, Refusal, Settlement } from './gate.ts';
import { refusalOf, stopRefusal, unavailable } from './refusal.ts';

export interface GateParts {
  readonly database: Database;
  readonly devices: Devices;
  readonly ledger: Ledger;
  readonly limits: LimitStore;
  readonly kept: KeptSettlements;
  readonly config: LimitsConfig;
  readonly guard: RunawayOptions;
  readonly clock: () => number;
  readonly notice: (message: string) => void;
}

/** Makes the gate of its parts. */
export function openGate(parts: GateParts): Gate {
  const { devices, limits, config, clock } = parts;
  const rulesFor = rulesOf(config);
  const guard = new RunawayGuard(parts.guard);
  return {
    async identify(token, ip) {
      const { deviceId, organisation } = await devices.verify(token);
      return { deviceId, ip, ...(organisation ? { organisationId: organisation } : {}) };
    },

    async admit(caller, estimate) {
      try {
        const why = guard.note(caller.deviceId, estimate.fingerprint, clock());
        if (why) return await stopRunaway(parts, caller, why);
        const rules = rulesFor(subjectOf(caller));
        if (estimate.costMicros === undefined && rules.some(({ unit }) => unit === 'cost')) {
          return stopRefusal(unpriced());
        }
        const amounts = { tokens: estimate.tokens, costMicros: estimate.costMicros };
        const result = await takeLimits(limits, rules, amounts);
        if (!result.taken) return refusalOf(result.states, result.now);
        return admission(parts, { caller, estimate, result });
      } catch (error) {
        return unavailable(error instanceof CapstanError ? error : broken(error));
      }
    },
  };
}

async function stopRunaway(
  { devices, guard, clock, notice }: GateParts,
  { deviceId }: Caller,
  why: string,
): Promise<Refusal> {
  const until = clock() + (guard.stopMinutes ?? 10) * 60_000;
  notice(`device ${deviceId} is stopped: ${why}`);
  await devices.stop(deviceId, until, why).catch((error: unknown) => {
    notice(`the stop of device ${deviceId} could not be kept: ${error instanceof Error ? error.message : 'unknown'}`);
  });
  return stopRefusal(stopped(until, why));
}

function admission(
  { ledger, kept }: GateParts,
  { caller, estimate, result }: { readonly caller: Caller; readonly estimate: Estimate; readonly result: LimitsResult },
): Admission {
  let isSettled = false;
  return {
    headers: limitHeaders(result.states, result.now),
    async settle(settlement) {
      if (isSettled || !result.taken) return;
      isSettled = true;
      ledger.record({
        deviceId: caller.deviceId,
        organisation: caller.organisationId ?? '',
        model: settlement.model,
        failed: settlement.status >= 400,
        ms: settlement.ms,
        ...(settlement.usage ? { usage: settlement.usage } : {}),
        ...(settlement.costMicros === undefined ? {} : { costMicros: settlement.costMicros }),
      });
      const { reservation, amountsOf } = result.taken;
      await kept.settle(reservation, amountsOf(usedOf(settlement, estimate)));
    },
  };
}

/** Where an answer came without usage, the worst case is charged; where none came, nothing. */
function usedOf({ usage, costMicros, status }: Settlement, estimate: Estimate): { tokens: number; costMicros: number } {
  if (usage)
    return { tokens: usage.inputTokens + usage.outputTokens, costMicros: costMicros ?? estimate.costMicros ?? 0 };
  const isAnswered = status >= 200 && status < 300;
  return isAnswered ? { tokens: estimate.tokens, costMicros: estimate.costMicros ?? 0 } : { tokens: 0, costMicros: 0 };
}

function subjectOf({ deviceId, organisationId = '', ip }: Caller): Subject {
  return { deviceId, organisation: organisationId, ipGroup: ipGroup(ip) };
}

function unpriced(): CapstanError {
  const text =
    'A limit of cost holds here, and the price of this model is unknown. Set its price in the configuration of the relay, or call another model.';
  return new CapstanError('rate_limited', text, { retryable: false, where: 'price' });
}

function broken(cause: unknown): CapstanError {
  return new CapstanError('store_failed', 'The limits cannot be looked up. Try again.', { retryable: true }, { cause });
}
