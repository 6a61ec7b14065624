import { matchCommand } from '../command/match-command.ts';
import { matchPath } from '../path/match-path.ts';
import { isInside, normalPath } from '../path/normal-path.ts';
import { matchHost } from '../url/match-host.ts';
import type { Judged } from './judged.ts';
import type { Match, Policy, Rule } from './policy.ts';

/** Tells whether a rule speaks of an effect. */
export function matches(rule: Rule, subject: Judged, policy: Policy): boolean {
  const { match } = rule;
  const { effect } = subject;
  if (match.effect === 'any') return true;
  if (match.effect === 'unknown') return effect.kind === 'unknown';
  if (match.effect === 'run') return effect.kind === 'run' && matchesRun(match, subject);
  if (match.effect === 'network') {
    return effect.kind === 'network' && (match.hosts?.some((host) => matchHost(effect.url, host)) ?? true);
  }
  if (effect.kind !== match.effect) return false;
  return matchesPath(match, effect.path, policy, rule.verdict !== 'allow');
}

function matchesRun(match: Match & { readonly effect: 'run' }, { effect, classes = [] }: Judged): boolean {
  if (effect.kind !== 'run') return false;
  return match.commands?.some((pattern) => matchCommand(effect, pattern, classes)) ?? true;
}

function matchesPath(
  match: Match & { readonly effect: 'read' | 'write' },
  path: string,
  { roots }: Policy,
  fold: boolean,
): boolean {
  if (match.where && (match.where === 'inside') !== insideAny(path, roots)) return false;
  return match.paths?.some((glob) => matchPath(path, glob, { roots, fold })) ?? true;
}

function insideAny(path: string, roots: readonly string[]): boolean {
  const normal = normalPath(path);
  if (normal === undefined) return false;
  return roots.some((root) => {
    const base = normalPath(root);
    return base !== undefined && isInside(normal, base);
  });
}
