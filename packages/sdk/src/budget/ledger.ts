import type { Budget, BudgetLimit } from '../contract/budget.ts';
import { toMicros } from './micros.ts';

/** What a model call may use or did use. */
export interface Amount {
  readonly micros: number;
  readonly tokens: number;
}

/** Money and tokens set aside for a call under way. Settle it exactly once. */
export interface Reservation {
  readonly amount: Amount;
  /** Replaces what was set aside by what was spent. */
  settle(spent: Amount): void;
}

/** A limit of which 80 % or more is spent. */
export interface Warning {
  readonly limit: BudgetLimit;
  readonly spent: number;
  readonly of: number;
}

/**
 * Keeps the account of a run. Spending and reservations of a child count against every ledger above it, so parallel
 * children can never spend more together than their parent has.
 *
 * Money is in whole micro-dollars; `spent + reserved` never passes a limit.
 */
export class Ledger {
  readonly budget: Budget;
  readonly parent: Ledger | undefined;
  readonly startedAt: number;
  readonly #now: () => number;
  readonly #warned = new Set<BudgetLimit>();
  readonly #waiting = new Set<() => void>();
  #spentMicros = 0;
  #spentTokens = 0;
  #reservedMicros = 0;
  #reservedTokens = 0;
  #turns = 0;
  #toolCalls = 0;

  /** @param options.startedAt Unix milliseconds from which `seconds` counts; earlier than now for a resumed run. */
  constructor(budget: Budget, options: { parent?: Ledger; now: () => number; startedAt?: number }) {
    this.budget = budget;
    this.parent = options.parent;
    this.#now = options.now;
    this.startedAt = options.startedAt ?? options.now();
  }

  get turns(): number {
    return this.#turns;
  }

  get spent(): Amount {
    return { micros: this.#spentMicros, tokens: this.#spentTokens };
  }

  /** What no limit here or above forbids, reservations subtracted; `Infinity` without a limit. */
  left(): Amount {
    const above = this.parent?.left();
    const { costUsd, tokens } = this.budget;
    const micros = costUsd === undefined ? Infinity : toMicros(costUsd) - this.#spentMicros - this.#reservedMicros;
    const ownTokens = tokens === undefined ? Infinity : tokens - this.#spentTokens - this.#reservedTokens;
    return {
      micros: Math.min(micros, above?.micros ?? Infinity),
      tokens: Math.min(ownTokens, above?.tokens ?? Infinity),
    };
  }

  /** True when a limit on money or tokens stands here or above. */
  get limited(): { readonly money: boolean; readonly tokens: boolean } {
    const above = this.parent?.limited;
    return {
      money: this.budget.costUsd !== undefined || above?.money === true,
      tokens: this.budget.tokens !== undefined || above?.tokens === true,
    };
  }

  /** Sets an amount aside here and above; `undefined` when it does not fit. */
  reserve(amount: Amount): Reservation | undefined {
    const left = this.left();
    if (amount.micros > left.micros || amount.tokens > left.tokens) return undefined;
    this.#hold(amount.micros, amount.tokens);
    let open = true;
    return {
      amount,
      settle: (spent) => {
        if (!open) return;
        open = false;
        this.#hold(-amount.micros, -amount.tokens);
        this.spend(spent);
        this.#wake();
      },
    };
  }

  /** Books spending that was not reserved, for example of a run that resumes. */
  spend(amount: Amount): void {
    this.#spentMicros += amount.micros;
    this.#spentTokens += amount.tokens;
    this.parent?.spend(amount);
  }

  /** True while calls under way here or above hold money or tokens that may come back. */
  get pending(): boolean {
    return this.#reservedMicros > 0 || this.#reservedTokens > 0 || this.parent?.pending === true;
  }

  /** Resolves when a reservation anywhere in the family is settled, or at the abort. */
  freed(signal: AbortSignal): Promise<void> {
    const root = this.#root();
    return new Promise((resolve) => {
      const done = () => {
        root.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      root.#waiting.add(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  /** Counts a model call; names the limit that forbids it. */
  startTurn(): BudgetLimit | undefined {
    if (this.#exceeds('turns')) return 'turns';
    this.#count('turns', 1);
    return undefined;
  }

  /** Counts a tool call; names the limit that forbids it. */
  startToolCall(): BudgetLimit | undefined {
    if (this.#exceeds('toolCalls')) return 'toolCalls';
    this.#count('toolCalls', 1);
    return undefined;
  }

  /** Books turns and tool calls of the run's earlier life. */
  recount(counts: { readonly turns: number; readonly toolCalls: number }): void {
    this.#count('turns', counts.turns);
    this.#count('toolCalls', counts.toolCalls);
  }

  /** Unix milliseconds at which time is up; `Infinity` without a limit. */
  get deadline(): number {
    const own = this.budget.seconds === undefined ? Infinity : this.startedAt + this.budget.seconds * 1000;
    return Math.min(own, this.parent?.deadline ?? Infinity);
  }

  /** Limits that passed 80 % since the last time this was asked. */
  warnings(): readonly Warning[] {
    const { costUsd, tokens, seconds, turns, toolCalls } = this.budget;
    const rows: [BudgetLimit, number, number | undefined][] = [
      ['costUsd', this.#spentMicros / 1e6, costUsd],
      ['tokens', this.#spentTokens, tokens],
      ['seconds', (this.#now() - this.startedAt) / 1000, seconds],
      ['turns', this.#turns, turns],
      ['toolCalls', this.#toolCalls, toolCalls],
    ];
    const crossed = rows.filter(
      (row): row is [BudgetLimit, number, number] =>
        row[2] !== undefined && row[2] > 0 && row[1] >= row[2] * 0.8 && !this.#warned.has(row[0]),
    );
    return crossed.map(([limit, spent, of]) => {
      this.#warned.add(limit);
      return { limit, spent, of };
    });
  }

  #exceeds(what: 'turns' | 'toolCalls'): boolean {
    const limit = this.budget[what];
    const used = what === 'turns' ? this.#turns : this.#toolCalls;
    return (limit !== undefined && used + 1 > limit) || (this.parent ? this.parent.#exceeds(what) : false);
  }

  #count(what: 'turns' | 'toolCalls', by: number): void {
    if (what === 'turns') this.#turns += by;
    else this.#toolCalls += by;
    if (this.parent) this.parent.#count(what, by);
  }

  #hold(micros: number, tokens: number): void {
    this.#reservedMicros += micros;
    this.#reservedTokens += tokens;
    if (this.parent) this.parent.#hold(micros, tokens);
  }

  #root(): Ledger {
    return this.parent ? this.parent.#root() : this;
  }

  #wake(): void {
    const waiting = Array.from(this.#root().#waiting);
    for (const wake of waiting) wake();
  }
}
