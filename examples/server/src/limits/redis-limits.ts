import { randomBytes } from 'node:crypto';
import { CapstanError } from '@capstan/sdk';
import type { Redis } from 'ioredis';
import type { Claim, LimitStore } from './limit-store.ts';
import { defaultLeaseMs, windowStart } from './limit-store.ts';

/**
 * One hash a counter and window: `used`, and a field for each relay with what it has reserved. A relay's field counts only
 * while its lease runs, so what a dead one held is free without anybody sweeping. The clock is the server's.
 */
const reserveScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local owner, prefix = ARGV[1], ARGV[2]
local lease = redis.call('ZSCORE', KEYS[1], owner)
if not lease or tonumber(lease) < now then return {-1, now} end
local reply, keys, fits = {1, now}, {}, 1
for i = 3, #ARGV, 4 do
  local window = tonumber(ARGV[i + 1])
  local key = prefix .. ARGV[i] .. ':' .. string.format('%d', now - now % window)
  local fields = redis.call('HGETALL', key)
  local taken, used = 0, 0
  for j = 1, #fields, 2 do
    if fields[j] == 'used' then used = tonumber(fields[j + 1])
    else
      local score = redis.call('ZSCORE', KEYS[1], fields[j])
      if score and tonumber(score) >= now then taken = taken + tonumber(fields[j + 1])
      else redis.call('HDEL', key, fields[j]) end
    end
  end
  taken = taken + used
  keys[#keys + 1] = key
  reply[#reply + 1] = taken
  reply[#reply + 1] = used
  if taken + tonumber(ARGV[i + 3]) > tonumber(ARGV[i + 2]) then fits = 0 end
end
if fits == 0 then reply[1] = 0 return reply end
for i, key in ipairs(keys) do
  local at = 3 + (i - 1) * 4
  redis.call('HINCRBY', key, owner, ARGV[at + 3])
  redis.call('PEXPIRE', key, tonumber(ARGV[at + 1]) + 60000)
end
return reply`;

const settleScript = `
local owner, prefix = ARGV[1], ARGV[2]
for i = 3, #ARGV, 3 do
  local key = prefix .. ARGV[i]
  if redis.call('EXISTS', key) == 1 then
    local held = tonumber(redis.call('HGET', key, owner) or '0')
    if held <= tonumber(ARGV[i + 1]) then redis.call('HDEL', key, owner)
    else redis.call('HINCRBY', key, owner, '-' .. ARGV[i + 1]) end
    redis.call('HINCRBY', key, 'used', ARGV[i + 2])
  end
end
return 1`;

/** Gives the lease once more; a relay that lost it begins anew under another name. */
const beatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 600000)
if ARGV[3] == 'renew' and (not lease or tonumber(lease) < now) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
return 1`;

interface Scripts {
  relayReserve(owners: string, ...args: (string | number)[]): Promise<number[]>;
  relaySettle(owners: string, ...args: (string | number)[]): Promise<number>;
  relayBeat(owners: string, ...args: (string | number)[]): Promise<number>;
}

export interface RedisLimitsOptions {
  readonly redis: Redis;
  /** Before every key. Default `{capstan}:`, whose braces keep all in one slot of a cluster. */
  readonly prefix?: string;
  /** Milliseconds that a dead relay's reservations count. Default 30,000. */
  readonly leaseMs?: number;
}

/** Makes limits that all relays of one Redis share. */
export function redisLimits({
  redis,
  prefix = '{capstan}:',
  leaseMs = defaultLeaseMs,
}: RedisLimitsOptions): LimitStore {
  redis.defineCommand('relayReserve', { numberOfKeys: 1, lua: reserveScript });
  redis.defineCommand('relaySettle', { numberOfKeys: 1, lua: settleScript });
  redis.defineCommand('relayBeat', { numberOfKeys: 1, lua: beatScript });
  const scripts = redis as unknown as Scripts;
  const owners = `${prefix}owners`;
  let owner: Promise<string> | undefined;

  function begin(): Promise<string> {
    owner = (async () => {
      const id = randomBytes(9).toString('base64url');
      await guard(() => scripts.relayBeat(owners, id, leaseMs, 'begin'));
      return id;
    })();
    owner.catch(() => (owner = undefined));
    return owner;
  }

  async function reserve(claims: readonly Claim[], mayBegin = true): ReturnType<LimitStore['reserve']> {
    const id = await (owner ?? begin());
    const args = claims.flatMap(({ name, windowMs, max, amount }) => [name, windowMs, max, amount]);
    const [state = 0, now = 0, ...pairs] = await guard(() => scripts.relayReserve(owners, id, prefix, ...args));
    if (state === -1) {
      // Another call of this process may have begun anew already.
      if (mayBegin && (await owner) === id) void begin();
      if (mayBegin) return reserve(claims, false);
      throw failure(new Error('the lease of this relay cannot be kept'));
    }
    const taken = pairs.filter((_, at) => at % 2 === 0);
    const used = pairs.filter((_, at) => at % 2 === 1);
    if (state === 0) return { now, taken, used };
    const settle = async (amounts: readonly number[]): Promise<void> => {
      const rows = claims.flatMap(({ name, windowMs, amount }, at) => [
        `${name}:${windowStart(now, windowMs)}`,
        amount,
        amounts[at] ?? 0,
      ]);
      await guard(() => scripts.relaySettle(owners, id, prefix, ...rows));
    };
    return { now, taken, used, reservation: { settle } };
  }

  return {
    reserve: (claims) => reserve(claims),
    async beat() {
      const id = await (owner ?? begin());
      const kept = await guard(() => scripts.relayBeat(owners, id, leaseMs, 'renew'));
      if (kept === 0) await begin();
    },
    async close() {
      const id = await owner?.catch(() => undefined);
      // Nothing is held any more: the name is given back.
      if (id) await redis.zrem(owners, id).catch(() => {});
      redis.disconnect();
    },
  };
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw failure(cause);
  }
}

function failure(cause: unknown): CapstanError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const text = `Redis, which counts the limits, failed: ${why}. Check that it runs and can be reached.`;
  return new CapstanError('store_failed', text, { retryable: true, where: 'redis' }, { cause });
}
