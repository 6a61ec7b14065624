import type { RunEvent, StopReason, ToolDecided } from '@capstan/sdk/contract';

/** What became of one tool call. */
export interface CallRecord {
  readonly callId: string;
  readonly tool: string;
  /** Absent when the call never came to a decision: unknown tool, wrong arguments. */
  readonly verdict?: ToolDecided['verdict'];
  readonly rule?: string;
  readonly outcome: 'done' | 'failed' | 'denied' | 'pending';
  /** True for a call that would do more than read. */
  readonly acts: boolean;
  readonly durationMs?: number;
}

/** Adds up, event by event, what a run's exit code and report need beside its result. */
export class RunTally {
  readonly #calls = new Map<string, CallRecord>();
  #lastStop: StopReason | 'interrupted' | undefined;
  #request = '';

  push(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.#request = (event.input?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n');
        return;
      case 'turn.ended':
        this.#lastStop = event.stopReason;
        return;
      case 'tool.decided':
        return this.#set(event.callId, event.tool, {
          verdict: event.verdict,
          rule: event.rule,
          outcome: event.verdict === 'deny' ? 'denied' : 'pending',
          acts: event.effects.some((effect) => effect.kind !== 'read'),
        });
      case 'approval.given':
        if (event.verdict === 'denied') this.#set(event.callId, '', { outcome: 'denied' });
        return;
      case 'tool.ended':
        return this.#set(event.callId, event.tool, {
          outcome: event.failed ? 'failed' : 'done',
          durationMs: event.durationMs,
        });
      case 'message.added':
        if (event.message.role === 'tool')
          this.#settle(event.message.callId, event.message.tool, event.message.failed === true);
        return;
      default:
        return;
    }
  }

  /** What the run was asked; empty where it began before it was read. */
  get request(): string {
    return this.#request;
  }

  /** Every call in the order it was decided. */
  get calls(): readonly CallRecord[] {
    return [...this.#calls.values()];
  }

  /** Why the last model call ended. */
  get lastStop(): StopReason | 'interrupted' | undefined {
    return this.#lastStop;
  }

  #settle(callId: string, tool: string, failed: boolean): void {
    const known = this.#calls.get(callId);
    if (known && known.outcome !== 'pending') return;
    this.#set(callId, tool, { outcome: failed ? 'failed' : 'done' });
  }

  #set(callId: string, tool: string, facts: Partial<CallRecord>): void {
    const before = this.#calls.get(callId) ?? { callId, tool, outcome: 'pending', acts: false };
    this.#calls.set(callId, { ...before, ...facts });
  }
}
