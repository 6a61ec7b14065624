import type { Effect } from '@capstan/policy';
import type { HookedCall } from '../contract/hook.ts';
import type { LoopContext } from './context.ts';
import { hookContext, inTime } from './hooks.ts';

/** Takes what a call would do through the hooks, which may say more of it. */
export async function describedEffects(
  context: LoopContext,
  call: HookedCall,
  effects: readonly Effect[],
): Promise<readonly Effect[]> {
  const at = hookContext(context);
  let described = effects;
  for (const hook of context.hooks) {
    const { beforeDecision } = hook;
    if (!beforeDecision) continue;
    const more = await inTime(hook, 'beforeDecision', () => beforeDecision({ ...call, effects: described }, at), at);
    if (more) described = [...described, ...more];
  }
  return described;
}
