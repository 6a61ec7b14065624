import { spawnSync } from 'node:child_process';
import { CapstanError } from '@capstan/sdk/contract';

const maxOutput = 512 * 1024 * 1024;

/**
 * Reads contents that git keeps, all by one call.
 *
 * @param maxBytes Larger ones are left out.
 * @returns By hash; those that git has not, as in a partial clone, are left out.
 * @throws {CapstanError} `tool_failed` with git's own words.
 */
export function gitBlobs(root: string, hashes: readonly string[], maxBytes: number): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const sized = [
    ...catFile(root, [...new Set(hashes)], '--batch-check')
      .toString('latin1')
      .matchAll(/^([0-9a-f]{40,64}) blob (\d+)$/gm),
  ].filter(([, , size]) => Number(size) <= maxBytes);
  const bytes = catFile(
    root,
    sized.map(([, hash = '']) => hash),
    '--batch',
  );
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const [, hash = '', size = ''] = /^([0-9a-f]{40,64}) blob (\d+)$/.exec(bytes.toString('latin1', at, end)) ?? [];
    if (end < 0 || hash === '') break;
    found.set(hash, bytes.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return found;
}

function catFile(root: string, hashes: readonly string[], how: '--batch' | '--batch-check'): Buffer {
  if (hashes.length === 0) return Buffer.alloc(0);
  const { stdout, stderr, status, error } = spawnSync('git', ['cat-file', how], {
    cwd: root,
    input: `${hashes.join('\n')}\n`,
    maxBuffer: maxOutput,
  });
  if (!error && status === 0) return stdout;
  const words = error?.message ?? stderr.toString('utf8').trim();
  throw new CapstanError('tool_failed', `git cat-file: ${words || `ended with ${status}`}`, { where: 'git' });
}
