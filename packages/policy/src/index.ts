export type { Effect, NetworkEffect, ReadEffect, RunEffect, UnknownEffect, WriteEffect } from './effect/effect.ts';
export type { Action, Decision, Match, Policy, Rule, Verdict } from './decide/policy.ts';
