import type { BudgetLimit } from '../contract/budget.ts';
import { CapstanError } from '../contract/errors.ts';
import type { Model, ModelRequest } from '../contract/model.ts';
import type { Ledger, Reservation } from './ledger.ts';
import { worstInputPrice } from './micros.ts';

/** A model call that fits the budget: its output limit, and what was set aside for it. */
export interface PlannedCall {
  readonly maxOutputTokens: number | undefined;
  /** The limit that set the output limit, when it was not the model's own. */
  readonly clamped: BudgetLimit | undefined;
  /** Prompt tokens from above; absent when no budget asked for them. */
  readonly inputBound: number | undefined;
  readonly reservation: Reservation | undefined;
}

/** A reply shorter than this is of no use, so a call that can afford no more is not made. */
const leastOutputTokens = 16;
/** Output limit under a budget for a model that does not tell its own; every current model accepts it. */
const defaultOutputTokens = 8192;

/**
 * Sets the worst case of a call aside before it is made and cuts its output limit to what is left. Waits while other
 * calls of the family hold money that may come back.
 *
 * @param account.bound Bounds the prompt tokens from above; asked for only under a budget.
 * @returns The plan, or the limit that the call cannot fit.
 * @throws {CapstanError} `invalid_config` when money is limited and the model's price is unknown.
 */
export async function planCall(
  model: Model,
  request: ModelRequest,
  account: { readonly ledger: Ledger; readonly signal: AbortSignal; readonly bound: () => number },
): Promise<PlannedCall | BudgetLimit> {
  const { ledger, signal } = account;
  const { money, tokens } = ledger.limited;
  if (!money && !tokens)
    return { maxOutputTokens: undefined, clamped: undefined, inputBound: undefined, reservation: undefined };
  if (money && !model.info.price) throw unknownPrice(model);
  const inputBound = Math.min(model.countTokens?.(request) ?? Infinity, account.bound());
  for (;;) {
    const plan = fit(model, inputBound, ledger);
    if (typeof plan === 'object' || !ledger.pending || signal.aborted) return plan;
    await ledger.freed(signal);
  }
}

function fit(model: Model, inputBound: number, ledger: Ledger): PlannedCall | BudgetLimit {
  const price = model.info.price;
  const inputMicros = price ? inputBound * worstInputPrice(price) : 0;
  const left = ledger.left();
  const byMoney = affordable(left.micros - inputMicros, price?.output ?? 0);
  const byTokens = left.tokens - inputBound;
  const own = model.info.maxOutputTokens ?? defaultOutputTokens;
  const least = Math.min(leastOutputTokens, own);
  if (byMoney < least) return 'costUsd';
  if (byTokens < least) return 'tokens';
  const maxOutputTokens = Math.min(own, byMoney, byTokens);
  const micros = Math.ceil(inputMicros + maxOutputTokens * (price?.output ?? 0));
  const reservation = ledger.reserve({ micros, tokens: inputBound + maxOutputTokens });
  const clamped = maxOutputTokens === own ? undefined : byMoney <= byTokens ? 'costUsd' : 'tokens';
  return { maxOutputTokens, clamped, inputBound, reservation };
}

function affordable(micros: number, price: number): number {
  if (micros < 0) return -1;
  return price === 0 ? Infinity : Math.floor(micros / price);
}

function unknownPrice(model: Model): CapstanError {
  return new CapstanError(
    'invalid_config',
    `The price of ${model.id} is unknown, so a costUsd budget cannot be kept. Give the model a price, or budget tokens instead.`,
    { model: model.id },
  );
}
