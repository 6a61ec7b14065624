import ipaddr from 'ipaddr.js';

/** What an address is: `public`, or why it is not for the outside. */
export type AddressKind = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'multicast' | 'reserved';

const metadata = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
]);

/**
 * Says what an IP address is. IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) counts as the IPv4 it holds.
 *
 * @returns `undefined` when the text is no address.
 */
export function addressKind(text: string): AddressKind | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(bare)) return undefined;
  const address = ipaddr.parse(bare);
  if (metadata.has(address.toString())) return 'metadata';
  if (address.kind() === 'ipv4') return rangeKind(address.range());
  return ipv6Kind(address as ipaddr.IPv6);
}

function ipv6Kind(address: ipaddr.IPv6): AddressKind {
  if (address.isIPv4MappedAddress()) return addressKind(address.toIPv4Address().toString()) ?? 'reserved';
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === 'rfc6052' || range === 'rfc6145') return embedded(bytes, 12);
  if (range === '6to4') return embedded(bytes, 2);
  // An IPv4-compatible address (`::127.0.0.1`), long out of use but still routed by some.
  if (bytes.slice(0, 12).every((byte) => byte === 0) && bytes.slice(12).some((byte) => byte > 1))
    return embedded(bytes, 12);
  if (range === 'teredo') return 'reserved';
  return rangeKind(range);
}

function embedded(bytes: readonly number[], from: number): AddressKind {
  const kind = addressKind(bytes.slice(from, from + 4).join('.')) ?? 'reserved';
  return kind === 'public' ? 'reserved' : kind;
}

function rangeKind(range: string): AddressKind {
  if (range === 'unicast') return 'public';
  if (range === 'loopback') return 'loopback';
  if (range === 'linkLocal') return 'link-local';
  if (range === 'multicast') return 'multicast';
  if (range === 'private' || range === 'uniqueLocal' || range === 'carrierGradeNat') return 'private';
  return 'reserved';
}
