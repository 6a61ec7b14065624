import type { RouteSettings } from '../config/schema.ts';

/** Where a call may go: an upstream and the model's name there. */
export interface Target {
  readonly upstream: string;
  readonly model: string;
}

/** What names lead where. */
export interface RoutingTable {
  readonly routes: readonly RouteSettings[];
  /** In the order of the configuration: the patterns of each upstream's models. */
  readonly upstreams: readonly { readonly name: string; readonly models: readonly string[] }[];
  /** `upstream/model` for names that nothing knows. */
  readonly fallback?: string | undefined;
}

/**
 * Finds where a client's name for a model leads: the first route that fits; else `upstream/model` as it stands; else the
 * first upstream that has such models; else the fall-back. An empty list when it leads nowhere.
 */
export function resolveTarget(name: string, { routes, upstreams, fallback }: RoutingTable): readonly Target[] {
  for (const { model, to } of routes) {
    const star = match(model, name);
    if (star !== undefined) return to.map((target) => split(target.replaceAll('*', () => star)));
  }
  const slash = name.indexOf('/');
  if (slash > 0 && slash < name.length - 1 && upstreams.some((one) => one.name === name.slice(0, slash)))
    return [split(name)];
  const owner = upstreams.find(({ models }) => models.some((pattern) => match(pattern, name) !== undefined));
  if (owner) return [{ upstream: owner.name, model: name }];
  return fallback === undefined ? [] : [split(fallback.replaceAll('*', () => name))];
}

/** What the `*` of a pattern stands for in a name; empty for a pattern without one, `undefined` where it does not fit. */
export function match(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === name ? '' : undefined;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  if (after.includes('*')) return matchMany(pattern, name);
  const fits = name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
  return fits ? name.slice(before.length, name.length - after.length) : undefined;
}

/** Several stars: each takes as little as it can, in one pass without going back; the first is what `*` stands for. */
function matchMany(pattern: string, name: string): string | undefined {
  const pieces = pattern.split('*');
  const [head = '', ...rest] = pieces;
  if (!name.startsWith(head)) return undefined;
  let at = head.length;
  let first: string | undefined;
  for (const [index, piece] of rest.entries()) {
    const last = index === rest.length - 1;
    const found = last ? name.length - piece.length : name.indexOf(piece, at);
    if (found < at || (last && !name.endsWith(piece))) return undefined;
    first ??= name.slice(at, found);
    at = found + piece.length;
  }
  return first;
}

function split(target: string): Target {
  const slash = target.indexOf('/');
  return { upstream: target.slice(0, slash), model: target.slice(slash + 1) };
}
