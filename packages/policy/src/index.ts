export type { Effect, NetworkEffect, ReadEffect, RunEffect, UnknownEffect, WriteEffect } from './effect/effect.ts';
export type { Action, Decision, Match, Policy, Rule, Verdict } from './decide/policy.ts';
export { decide } from './decide/decide.ts';
export { autoEdit, fullAuto, readOnly, suggest } from './presets/presets.ts';
export type { PresetOptions } from './presets/preset.ts';
