/**
 * Tells whether the host of a URL, or of `host:port`, is meant by a pattern.
 *
 * `example.com` means that host only, `*.example.com` any host below it, and a port after a colon that port only.
 */
export function matchHost(url: string, pattern: string): boolean {
  const { host, port } = hostOf(url);
  const [wanted = '', wantedPort] = splitPort(pattern.toLowerCase());
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (wanted === '*') return true;
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}

function hostOf(url: string): { readonly host: string; readonly port: string | undefined } {
  const text = url.includes('://') ? url : `tcp://${url}`;
  if (!URL.canParse(text)) return { host: '', port: undefined };
  const { hostname, port, protocol } = new URL(text);
  const usual = protocol === 'https:' ? '443' : protocol === 'http:' ? '80' : undefined;
  return { host: hostname.toLowerCase().replace(/\.$/, ''), port: port === '' ? usual : port };
}

function splitPort(pattern: string): readonly [string, string | undefined] {
  const found = /^(.*[^:]|\[.*\]):(\d+|\*)$/.exec(pattern);
  if (!found) return [pattern, undefined];
  return [found[1] ?? '', found[2] === '*' ? undefined : found[2]];
}
