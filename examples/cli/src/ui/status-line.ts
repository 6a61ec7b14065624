import { truncateToWidth, visibleWidth, type Component } from '@earendil-works/pi-tui';
import type { Budget, RunEvent } from '@capstan/sdk/contract';
import type { Mode } from '../project/mode.ts';
import { count, dollars } from '../render/amounts.ts';
import type { Theme } from './theme.ts';

/** What the status line says. */
export interface Standing {
  readonly model: string;
  readonly mode: Mode;
  readonly budget: Budget;
  /** Tokens the model can read; absent when unknown. */
  readonly contextWindow: number | undefined;
  readonly branch: string | undefined;
  readonly working: boolean;
  /** Messages that wait for the turn to end. */
  readonly queued: number;
}

/** The last line: model and mode, money spent, how full the context is, and what is going on. */
export class StatusLine implements Component {
  readonly #theme: Theme;
  readonly #standing: () => Standing;
  #spentUsd = 0;
  #unknownCost = false;
  #contextTokens = 0;

  constructor(theme: Theme, standing: () => Standing) {
    this.#theme = theme;
    this.#standing = standing;
  }

  /** Counts what an event says was used. */
  push(event: RunEvent): void {
    if (event.type === 'turn.ended') this.#contextTokens = event.usage.inputTokens + event.usage.outputTokens;
    if (event.type === 'context.compacted') this.#contextTokens = event.tokensAfter;
    if (event.type !== 'run.ended') return;
    this.#spentUsd += event.costUsd ?? 0;
    this.#unknownCost ||= event.costUsd === undefined;
  }

  render(width: number): string[] {
    const { model, mode, budget, contextWindow, branch, working, queued } = this.#standing();
    const { colour } = this.#theme;
    const paint = {
      'read-only': colour.green,
      suggest: colour.cyan,
      'auto-edit': colour.yellow,
      'full-auto': colour.red,
    }[mode];
    const limit = budget.costUsd === undefined ? '' : ` (${dollars(budget.costUsd)} a turn)`;
    const spent = `${this.#unknownCost ? '≥ ' : ''}${dollars(this.#spentUsd)}${limit}`;
    const left = this.#fitting([model, paint(mode), spent, this.#context(contextWindow), branch ?? ''], width);
    const waits = queued === 0 ? 'Tab queues' : `${queued} waiting`;
    const right = colour.dim(working ? `Esc stops · Enter steers · ${waits}` : '/help');
    const gap = width - visibleWidth(left) - visibleWidth(right);
    return [truncateToWidth(gap > 1 ? `${left}${' '.repeat(gap)}${right}` : left, width)];
  }

  invalidate(): void {}

  /** Puts parts in a row; what says least goes first where there is no room: the branch, the vendor, the context. */
  #fitting([model = '', mode = '', spent = '', context = '', branch = '']: readonly string[], width: number): string {
    const short = model.slice(model.lastIndexOf('/') + 1);
    const tries = [
      [model, mode, spent, context, branch],
      [model, mode, spent, context],
      [short, mode, spent, context],
      [short, mode, spent],
    ];
    const rows = tries.map((parts) => parts.filter((part) => part !== '').join(this.#theme.colour.dim(' · ')));
    return rows.find((row) => visibleWidth(row) <= width) ?? rows.at(-1) ?? '';
  }

  #context(window: number | undefined): string {
    if (this.#contextTokens === 0) return '';
    if (window === undefined) return `${count(this.#contextTokens)} tokens`;
    return `${Math.round((100 * this.#contextTokens) / window)} % of context`;
  }
}
