import { CapstanError } from '@capstan/sdk/contract';
import type { Admission, Estimate, Gate, Refusal, Settlement } from '../gate/gate.ts';

/** A gate that lets every token in and remembers what it was told. */
export interface CountingGate extends Gate {
  /** Reservations that stand. */
  readonly open: () => number;
  readonly settlements: readonly Settlement[];
  readonly estimates: readonly Estimate[];
  /** What the next admissions are answered with instead. */
  refuse?: Refusal;
}

/** Makes the gate. A token that begins with `bad` is refused. */
export function countingGate(): CountingGate {
  const settlements: Settlement[] = [];
  const estimates: Estimate[] = [];
  let open = 0;
  const gate: CountingGate = {
    open: () => open,
    settlements,
    estimates,
    async identify(token, ip) {
      if (token === undefined) throw new CapstanError('auth_missing', 'No token was given.');
      if (token.startsWith('bad')) throw new CapstanError('auth_refused', 'The token is not known.');
      return { deviceId: token, ip };
    },
    async admit(_, estimate): Promise<Admission | Refusal> {
      estimates.push(estimate);
      if (gate.refuse) return gate.refuse;
      open += 1;
      let settled = false;
      return {
        headers: { 'x-ratelimit-limit-requests': '300', 'x-ratelimit-remaining-requests': '299' },
        async settle(settlement) {
          if (settled) throw new Error('A reservation was settled twice.');
          settled = true;
          open -= 1;
          settlements.push(settlement);
        },
      };
    },
  };
  return gate;
}
