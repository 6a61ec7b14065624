/** Tells whether an address is on this machine or in a private network, where servers mostly ask for no key. */
export function isNearby(address: string): boolean {
  const host = URL.canParse(address) ? new URL(address).hostname : '';
  return (
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|host\.docker\.internal)$/.test(host) ||
    /^(10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+$/.test(host) ||
    /\.(local|localhost|internal|lan)$/.test(host)
  );
}
