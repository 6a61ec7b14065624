import type { DurableEvent } from '@capstan/sdk/contract';
import { dollars, duration, tokens } from './amounts.ts';
import { budgetAmount, budgetWords } from './budget-words.ts';
import { callLabel } from './call-label.ts';
import { fit } from './fit.ts';
import { plainText } from './plain-text.ts';

/** Writes a kept event in one line: number, time of day, type, and what it says. */
export function eventLine(event: DurableEvent): string {
  const time = new Date(event.at).toISOString().slice(11, 23);
  return `${String(event.seq).padStart(4)}  ${time}  ${event.type.padEnd(18)}  ${plainText(facts(event)).replace(/\s+/g, ' ')}`.trimEnd();
}

function facts(event: DurableEvent): string {
  switch (event.type) {
    case 'run.started':
      return `${event.model} · ${event.policy} · budget ${budgetWords(event.budget)}${event.resumed ? ' · resumed' : ''}`;
    case 'turn.started':
      return String(event.turn);
    case 'turn.ended':
      return `${event.turn} · ${event.stopReason} · ${tokens(event.usage)}${event.costUsd === undefined ? '' : ` · ${dollars(event.costUsd)}`}`;
    case 'message.added':
      return `${event.message.role} ${fit(event.message.parts.map((part) => words(part)).join(' '), 100)}`;
    case 'message.queued':
      return `${event.after === 'run' ? 'when it is done' : 'next'}: ${fit(event.text, 100)}`;
    case 'tool.decided':
      return `${callLabel(event.tool, event.input, 80)} → ${event.verdict} (${event.rule})`;
    case 'approval.requested':
      return `${event.tool} (${event.rule})`;
    case 'approval.given':
      return `${event.verdict} by ${event.by}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    case 'tool.started':
      return event.tool;
    case 'tool.ended':
      return `${event.tool} ${event.failed ? 'failed after' : 'in'} ${duration(event.durationMs)}`;
    case 'patch.created':
      return `${event.id} ${event.files.map(({ path }) => path).join(', ')} +${event.added} -${event.removed}`;
    case 'model.retried':
      return `attempt ${event.attempt}, wait ${duration(event.waitMs)}: ${event.error.message}`;
    case 'model.switched':
      return `${event.from} → ${event.to}: ${event.error.message}`;
    case 'context.compacted':
      return `${event.tokensBefore} → ${event.tokensAfter} tokens`;
    case 'budget.warned':
      return `${budgetAmount(event.limit, event.spent)} of ${budgetAmount(event.limit, event.of)}`;
    case 'run.ended':
      return `${event.reason}${event.error ? `: ${event.error.message}` : ''} · ${tokens(event.usage)}`;
    case 'session.renamed':
      return event.title;
    default:
      return event satisfies never;
  }
}

function words(part: { readonly type: string; readonly text?: string; readonly tool?: string }): string {
  return part.text ?? (part.tool === undefined ? `[${part.type}]` : `→ ${part.tool}`);
}
