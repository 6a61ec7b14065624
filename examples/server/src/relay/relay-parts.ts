import type { ServerSettings } from '../config/schema.ts';
import type { Gate } from '../gate/gate.ts';
import type { Observer } from '../http/observer.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { Ticker } from './ticker.ts';

/** What every call needs. */
export interface RelayParts {
  readonly upstreams: Upstreams;
  readonly gate: Gate;
  readonly observers: readonly Observer[];
  readonly ticker: Ticker;
  readonly server: Pick<ServerSettings, 'heartBeatMs' | 'stalledMs'>;
  /** Gives Unix milliseconds. */
  readonly now: () => number;
  /** Gives numbers from 0 to 1. */
  readonly random: () => number;
}
