import type { Timeouts } from '../wire/exchange.ts';
import type { ScriptedReply } from './scripted-reply.ts';

/**
 * Timeouts for a model that is to meet this reply: short where the vendor will be silent, else as ever, so that a busy
 * machine is not taken for a silent vendor.
 */
export function timeoutsFor({ fault }: ScriptedReply): Timeouts {
  if (fault?.kind === 'silence') return { firstByteMs: 200 };
  return fault?.kind === 'hang' ? { idleMs: 200 } : {};
}
