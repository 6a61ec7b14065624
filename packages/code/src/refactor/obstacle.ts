import { CapstanError } from '@capstan/sdk/contract';

/** Why a refactor is refused. */
export type ObstacleReason =
  | 'syntax error'
  | 'not ours'
  | 'generated'
  | 'public'
  | 'collision'
  | 'dynamic access'
  | 'unknown type'
  | 'string'
  | 'side effect'
  | 'new error'
  | 'unsupported';

/** Something that keeps a change from being sound. */
export interface Obstacle {
  readonly reason: ObstacleReason;
  /** `path:line:column` or a path. */
  readonly where: string;
  /** A sentence that says what is there. */
  readonly what: string;
}

const shown = 12;

/**
 * Refuses a change for what stands against it, if anything does.
 *
 * @param what The change in a few words, for example `rename load to read`.
 * @throws {CapstanError} `conflict` with every obstacle in its message, `where` being the first.
 */
export function refuseFor(what: string, obstacles: readonly Obstacle[]): void {
  const [first] = obstacles;
  if (!first) return;
  const rows = obstacles.slice(0, shown).map((one) => `  ${one.where}  ${one.reason}: ${one.what}`);
  const more = obstacles.length > shown ? [`  … and ${obstacles.length - shown} more`] : [];
  throw new CapstanError('conflict', [`Refused to ${what}, nothing is changed:`, ...rows, ...more].join('\n'), {
    where: first.where,
  });
}

/** Refuses a change for one reason. */
export function refuse(what: string, obstacle: Obstacle): never {
  refuseFor(what, [obstacle]);
  throw new TypeError('an obstacle always refuses');
}
