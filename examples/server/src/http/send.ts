import type { ServerResponse } from 'node:http';

export type HeaderValues = Readonly<Record<string, string>>;

/** The headers of every response. */
export function baseHeaders(requestId: string): HeaderValues {
  return { 'x-request-id': requestId, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
}

/** Answers with JSON. Does nothing when the client is gone or the head is out. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers: HeaderValues = {}): void {
  sendText(response, status, JSON.stringify(value), { 'content-type': 'application/json; charset=utf-8', ...headers });
}

/** Answers with text of the content type in `headers`. Does nothing when the client is gone or the head is out. */
export function sendText(response: ServerResponse, status: number, text: string | Buffer, headers: HeaderValues): void {
  if (response.headersSent || response.destroyed) return;
  const length = typeof text === 'string' ? Buffer.byteLength(text) : text.length;
  response.writeHead(status, { ...headers, 'content-length': String(length) });
  response.end(text);
}
