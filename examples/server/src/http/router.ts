import { CapstanError } from '@capstan/sdk/contract';
import type { Method, Route } from './route.ts';

/** What a router found for a method and a path. */
export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path exists, but not for this method. */
  | { readonly kind: 'method'; readonly allowed: readonly Method[] }
  | { readonly kind: 'nothing' };

export interface Router {
  /** Finds a route by method and path without the query. @throws {CapstanError} `invalid_config` for a broken `%` escape, or one of a NUL. */
  find(method: string, path: string): Found;
}

interface Pattern {
  readonly route: Route;
  readonly segments: readonly string[];
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/** Makes a router. Paths without parameters are found by one look-up, the others in the order given. */
export function createRouter(routes: readonly Route[]): Router {
  const exact = new Map<string, Map<string, Found>>();
  const patterns: Pattern[] = [];
  for (const route of routes) {
    if (/[:*]/.test(route.path)) {
      patterns.push({ route, segments: route.path.split('/').slice(1) });
      continue;
    }
    const methods = exact.get(route.path) ?? new Map<string, Found>();
    methods.set(route.method, { kind: 'route', route, params: noParams });
    exact.set(route.path, methods);
  }
  return {
    find(method, path) {
      const known = exact.get(path);
      return known?.get(method) ?? findPattern(patterns, { method, path, known });
    },
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly known: ReadonlyMap<string, unknown> | undefined;
}

function findPattern(patterns: readonly Pattern[], { method, path, known }: Asked): Found {
  const segments = path.split('/').slice(1);
  const allowed = new Set((known?.keys() ?? []) as Iterable<Method>);
  for (const pattern of patterns) {
    const params = match(pattern.segments, segments);
    if (!params) continue;
    if (pattern.route.method === method) return { kind: 'route', route: pattern.route, params };
    allowed.add(pattern.route.method);
  }
  return allowed.size > 0 ? { kind: 'method', allowed: [...allowed] } : { kind: 'nothing' };
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const rest = pattern.at(-1)?.startsWith('*') ?? false;
  if (rest ? segments.length < pattern.length : segments.length !== pattern.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, wanted] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (wanted.startsWith('*')) {
      const tail = segments.slice(at).join('/');
      if (tail === '') return undefined;
      params[wanted.slice(1)] = decoded(tail);
    } else if (wanted.startsWith(':')) {
      if (segment === '') return undefined;
      params[wanted.slice(1)] = decoded(segment);
    } else if (wanted !== segment) return undefined;
  }
  return params;
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  const text = unescaped(segment);
  // No name has one, and PostgreSQL takes none.
  if (text !== undefined && !text.includes('\0')) return text;
  throw new CapstanError('invalid_config', 'The path holds a broken % escape. Encode it as UTF-8.', { status: 400 });
}

function unescaped(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
