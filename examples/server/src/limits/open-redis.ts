import { Redis } from 'ioredis';
import type { LimitStore } from './limit-store.ts';
import { redisLimits } from './redis-limits.ts';

/** Connects to Redis. A call never waits for a server that is away: it fails at once, and the connection is made anew. */
export function openRedis(url: string, leaseMs: number): LimitStore {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    connectTimeout: 2000,
    commandTimeout: 2000,
    enableAutoPipelining: true,
    retryStrategy: (tries) => Math.min(2000, 50 * tries),
  });
  // Each failed command tells it too; unheard, this would end the process.
  redis.on('error', () => {});
  return redisLimits({ redis, leaseMs });
}
