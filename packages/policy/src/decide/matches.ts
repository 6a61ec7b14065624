import type { NetworkEffect, ReadEffect, WriteEffect } from '../effect/effect.ts';
import { matchCommand } from '../command/match-command.ts';
import { matchPath } from '../path/match-path.ts';
import { insideAny } from '../effect/normal-path.ts';
import { matchHost } from '../url/match-host.ts';
import type { Judged } from './judged.ts';
import type { Match, Policy, Rule } from './policy.ts';

/** Tells whether a rule speaks of an effect. */
export function matches(rule: Rule, subject: Judged, policy: Policy): boolean {
  const { match } = rule;
  if (rule.root !== undefined && !policy.roots.includes(rule.root)) return false;
  const { effect } = subject;
  if (match.effect === 'any') return true;
  if (match.effect === 'line') return subject.line?.command === match.line && subject.line.cwd === match.cwd;
  if (match.effect === 'unknown') return effect.kind === 'unknown';
  if (match.effect === 'run') return effect.kind === 'run' && matchesRun(match, subject);
  if (match.effect === 'network') return effect.kind === 'network' && matchesNetwork(match, effect);
  if (effect.kind !== match.effect || (match.by ?? subject.by) !== subject.by) return false;
  return matchesPath(match, effect, policy, rule.verdict !== 'allow');
}

function matchesNetwork(
  match: Match & { readonly effect: 'network' },
  { url, addresses, guarded }: NetworkEffect,
): boolean {
  if (match.guarded !== undefined && match.guarded !== (guarded ?? false)) return false;
  return match.hosts?.some((host) => matchHost(url, host, addresses)) ?? true;
}

function matchesRun(match: Match & { readonly effect: 'run' }, { effect, classes = [] }: Judged): boolean {
  if (effect.kind !== 'run') return false;
  return match.commands?.some((pattern) => matchCommand(effect, pattern, classes)) ?? true;
}

function matchesPath(
  match: Match & { readonly effect: 'read' | 'write' },
  effect: ReadEffect | WriteEffect,
  { roots }: Policy,
  fold: boolean,
): boolean {
  const { path, extent = 'file' } = effect;
  if (match.copied && !(effect.kind === 'write' && effect.copies?.some((copy) => !copy.allowed))) return false;
  if (match.where && (match.where === 'inside') !== insideAny(path, roots)) return false;
  const options = { roots, fold, extent, writes: effect.kind === 'write' };
  return match.paths === undefined || matchPath(path, match.paths, options);
}
