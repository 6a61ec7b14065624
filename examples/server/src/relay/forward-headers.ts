import type { IncomingHttpHeaders } from 'node:http';
import type { Wire } from '../config/kinds.ts';

/**
 * Headers of a client that say something to the vendor. A list of what may go, as anything else could be a token, a cookie
 * or an address of the client's own network; `openai-organization` and the like would choose among the operator's.
 */
const passed = new Set([
  'user-agent',
  'anthropic-beta',
  'anthropic-version',
  'anthropic-dangerous-direct-browser-access',
  'openai-beta',
  'originator',
  'session_id',
  'session-id',
  'conversation_id',
  'x-app',
  'x-goog-api-client',
  'x-client-request-id',
  'x-claude-code-session-id',
  'traceparent',
  'tracestate',
]);
const passedPrefixes = ['x-stainless-', 'x-codex-'];

/** The headers of a call that passes through: the client's that count, and with what the upstream knows us. */
export function forwardHeaders(
  client: IncomingHttpHeaders,
  {
    wire,
    stream,
    auth,
  }: { readonly wire: Wire; readonly stream: boolean; readonly auth: Readonly<Record<string, string>> },
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    // Compressing a stream holds events back, and looking for usage would take unpacking it.
    'accept-encoding': 'identity',
  };
  if (wire === 'anthropic') headers['anthropic-version'] = '2023-06-01';
  for (const name in client) {
    const value = client[name];
    if (value === undefined || !(passed.has(name) || passedPrefixes.some((prefix) => name.startsWith(prefix))))
      continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  for (const name in auth) headers[name] = auth[name] ?? '';
  return headers;
}
