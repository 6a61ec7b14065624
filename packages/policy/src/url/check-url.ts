import { domainToUnicode } from 'node:url';
import { addressKind } from './address-kind.ts';
import type { AddressKind } from './address-kind.ts';

/** What is known of where a URL leads. */
export interface UrlCheck {
  /** `unsafe`: no URL that a fetch should follow. `internal`: not the public network. */
  readonly kind: 'public' | 'internal' | 'loopback' | 'metadata' | 'unsafe' | 'unusual';
  /** A sentence that says why. */
  readonly reason: string;
  readonly host?: string;
  readonly port?: number;
}

const usualPorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  ssh: 22,
  git: 9418,
  sftp: 22,
};
/** Ports of services that a forged HTTP request can harm: the list of the Fetch standard, and data stores. */
const badPorts = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531,
  532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 3306, 3389,
  3659, 4045, 4190, 5060, 5061, 5432, 5900, 5984, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 8125,
  9042, 9200, 9300, 10080, 10250, 11211, 27017,
]);
const internalNames =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|localdomain|home\.arpa|test|invalid|onion|cluster\.local|svc)$/;
const rebinders =
  /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|lvh\.me|localtest\.me|vcap\.me|lacolhost\.com|rbndr\.us|1u\.ms|nip\.run|fbi\.com\.local|yoogle\.com|localho\.st|traefik\.me|readme\.localtest\.me)$/;
const metadataNames =
  /^(?:metadata|metadata\.google\.internal|metadata\.goog|instance-data(?:\.\w[\w.-]*)?|metadata\.azure\.com|metadata\.packet\.net|metadata\.platformequinix\.com|169-254-169-254\..*)$/;

/**
 * Checks a URL, an scp-like git address or `host:port`: its scheme, user part, port, host and addresses.
 *
 * @param addresses What DNS says the host is, where that is known. All of them must be public.
 */
export function checkUrl(url: string, addresses: readonly string[] = []): UrlCheck {
  const text = url.trim();
  if (/[\0-\x20\x7F-\x9F\\]|\p{Default_Ignorable_Code_Point}/u.test(text)) {
    return {
      kind: 'unsafe',
      reason: 'The URL holds blanks, backslashes or hidden characters, which programs read differently.',
    };
  }
  if (/^[a-z][a-z0-9]*::/i.test(text))
    return { kind: 'unsafe', reason: 'A git transport of this form runs a command.' };
  const scheme = /^([a-z][a-z0-9+.-]*):(?!\d+(?:\/|$))/i.exec(text)?.[1]?.toLowerCase();
  const secure = scheme?.replace(/^git\+/, '');
  const scp = /^(?:[\w.-]+@)?([\w.-]+|\[[\da-f:.]+\]):(?!\/\/)(.*)$/i.exec(text);
  if (
    secure === undefined ||
    (scp && usualPorts[secure] === undefined && !/^(?:file|data|javascript|blob|about|mailto|vbscript)$/.test(secure))
  ) {
    return hostOnly(text, scp, addresses);
  }
  const usual = usualPorts[secure];
  if (usual === undefined) return { kind: 'unsafe', reason: `A \`${secure}:\` URL does not lead to a web server.` };
  const http = text.replace(/^[^:]*:/, 'http:');
  if (!URL.canParse(http)) return { kind: 'unsafe', reason: 'The URL cannot be read.' };
  const { hostname, port, username, password } = new URL(http);
  const at: UrlPlace = {
    host: hostname,
    port: port === '' ? (/:80(?:\/|$|\?|#)/.test(text) ? 80 : usual) : Number(port),
  };
  const user = username !== '' || password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text);
  if (user && !(secure === 'ssh' && password === '')) {
    return { kind: 'unsafe', reason: 'The URL has a user part, which hides the host or carries a password.', ...at };
  }
  const place = checkPlace(at, addresses);
  if (place.kind !== 'public') return place;
  if (/^(?:https?|wss?)$/.test(secure))
    return badPorts.has(at.port) ? { kind: 'unsafe', reason: `Port ${at.port} is no web server's.`, ...at } : place;
  return {
    kind: 'unusual',
    reason: `A \`${secure}:\` connection cannot be checked after the name is looked up.`,
    ...at,
  };
}

interface UrlPlace {
  readonly host: string;
  readonly port: number;
}

function hostOnly(text: string, scp: RegExpExecArray | null, addresses: readonly string[]): UrlCheck {
  const port = /:(\d+)(?:\/|$)/.exec(text)?.[1];
  const name = scp?.[1] ?? /^(\[[\da-f:.]+\]|[^/:?#]+)/i.exec(text)?.[1];
  const canonical =
    name !== undefined && URL.canParse(`http://${name}/`) ? new URL(`http://${name}/`).hostname : undefined;
  if (canonical === undefined) return { kind: 'unsafe', reason: 'No host can be read from it.' };
  const place = checkPlace({ host: canonical, port: Number(port ?? 0) }, addresses);
  if (place.kind !== 'public') return place;
  return {
    ...place,
    kind: 'unusual',
    reason: 'A connection without a web URL cannot be checked after the name is looked up.',
  };
}

function checkPlace(place: UrlPlace, addresses: readonly string[]): UrlCheck {
  const host = place.host.toLowerCase().replace(/\.+$/, '');
  const at = { host, port: place.port };
  if (host === '' || host === '*') return { kind: 'unsafe', reason: 'The URL names no host.', ...at };
  if (metadataNames.test(host))
    return { kind: 'metadata', reason: `${host} is the metadata service of a cloud machine.`, ...at };
  const own = addressKind(host);
  for (const [address, kind] of [
    [host, own],
    ...addresses.map((text) => [text, addressKind(text) ?? 'reserved'] as const),
  ] as const) {
    const problem = addressProblem(host, address, kind);
    if (problem) return { ...problem, ...at };
  }
  if (own) return { kind: 'public', reason: `${host} is a public address.`, ...at };
  if (/^(?:.*\.)?localhost$|^localhost\.localdomain$|^ip6-(?:localhost|loopback)$/.test(host))
    return { kind: 'loopback', reason: `${host} is this machine.`, ...at };
  if (internalNames.test(host)) return { kind: 'internal', reason: `${host} is a name of an internal network.`, ...at };
  if (rebinders.test(host))
    return { kind: 'internal', reason: `Names below ${host} stand for any address, internal ones too.`, ...at };
  if (!host.includes('.'))
    return {
      kind: 'internal',
      reason: `${host} is a name without a domain, which only an internal network knows.`,
      ...at,
    };
  if (mixesScripts(host)) return { kind: 'unusual', reason: `${host} mixes alphabets, as forged names do.`, ...at };
  return { kind: 'public', reason: `${host} is a public host.`, ...at };
}

function addressProblem(host: string, address: string, kind: AddressKind | undefined): UrlCheck | undefined {
  if (kind === undefined || kind === 'public') return undefined;
  const whose = address === host ? `${host} is` : `${host} leads to ${address},`;
  if (kind === 'metadata') return { kind: 'metadata', reason: `${whose} the metadata service of a cloud machine.` };
  if (kind === 'loopback') return { kind: 'loopback', reason: `${whose} this machine.` };
  return { kind: 'internal', reason: `${whose} a ${kind} address, not a public one.` };
}

function mixesScripts(host: string): boolean {
  if (!host.includes('xn--')) return false;
  return domainToUnicode(host)
    .split('.')
    .some(
      (label) =>
        /\p{Script=Latin}/u.test(label) &&
        /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(label),
    );
}
