import type http from 'node:http';

/**
 * Node's HTTP client for an address. It is taken when a request is made, and not by an `import`: that would evaluate
 * every export of `node:http`, its `WebSocket` too, and with it a second client that nobody asked for.
 */
export function httpClient({ protocol }: URL): Pick<typeof http, 'request'> {
  return protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
}
