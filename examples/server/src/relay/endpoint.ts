import type { Wire } from '../config/kinds.ts';
import type { Dialect, RouteFacts } from '../dialect/dialect.ts';
import type { RequestContext } from '../http/route.ts';

/** What a path of the relay is for. */
export interface Endpoint {
  readonly dialect: Dialect;
  /** What an upstream must speak for bytes to pass through. */
  readonly wire: Wire;
  /** Whether a call that cannot pass through is translated; else it is refused. */
  readonly translates: boolean;
  /** What the address says of the call. */
  readonly facts: (context: RequestContext) => Facts;
  /** Path at an upstream that speaks the wire, behind its version, query included. */
  readonly upstreamPath: (facts: Facts, model: string) => string;
}

/** What the address of a call says. */
export type Facts = RouteFacts & {
  /** The query that goes along, with its question mark; never a key. */
  readonly query: string;
};
