import { checkUrl } from './check-url.ts';

/**
 * Tells whether where a URL leads is meant by a pattern.
 *
 * `example.com` means that host only, `*.example.com` any host below it, `*` any; a port after a colon that port only.
 * `@public`, `@loopback`, `@internal` (private, link-local and the like), `@metadata` and `@unsafe` (no plain web URL:
 * another scheme, a user part, hidden characters) mean what `checkUrl` finds.
 */
export function matchHost(url: string, pattern: string, addresses: readonly string[] = []): boolean {
  const { kind, host, port } = checkUrl(url, addresses);
  if (pattern.startsWith('@')) return pattern.slice(1) === kind;
  const [wanted, wantedPort] = splitPort(pattern.toLowerCase());
  if (wanted === '*' && wantedPort === undefined) return true;
  if (host === undefined || kind === 'unsafe') return false;
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
  if (wanted === '*') return true;
  const bare = wanted.replace(/\.$/, '');
  return bare.startsWith('*.') ? host.endsWith(bare.slice(1)) : host === bare;
}

function splitPort(pattern: string): readonly [string, string | undefined] {
  const found = /^(.*[^:]|\[.*\]):(\d+|\*)$/.exec(pattern);
  if (!found) return [pattern, undefined];
  return [found[1] ?? '', found[2] === '*' ? undefined : found[2]];
}
