import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { CapstanError } from '@capstan/sdk/contract';

/**
 * Reads a request's whole body, decompressed, and stops at `maxBytes` of either form.
 *
 * @throws {CapstanError} `invalid_config` with status 413 when it is too long, 415 for an encoding that is not known,
 * 400 when it does not decompress; `aborted` when the client went before it was whole.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) return Promise.reject(tooLong(maxBytes));
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return collect(request, request, maxBytes);
  const decoder = decoders.get(encoding)?.();
  if (decoder) return collect(request, request.pipe(decoder), maxBytes);
  const known = [...decoders.keys()].join(', ');
  const text = `The content-encoding "${encoding.slice(0, 40)}" is not known. Use one of ${known}, or none.`;
  return Promise.reject(new CapstanError('invalid_config', text, { status: 415 }));
}

const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
]);

function collect(request: IncomingMessage, stream: NodeJS.ReadableStream, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: CapstanError): void => {
      stream.removeAllListeners('data');
      request.unpipe();
      // What still comes is thrown away, so that the refusal can be read before the connection closes.
      request.resume();
      reject(error);
    };
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) fail(tooLong(maxBytes));
      else chunks.push(chunk);
    });
    stream.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes)));
    stream.on('error', () => {
      if (request.destroyed && !request.complete) reject(gone());
      else fail(new CapstanError('invalid_config', 'The body does not decompress. Send it again.', { status: 400 }));
    });
    request.on('close', () => {
      if (!request.complete) reject(gone());
    });
  });
}

function tooLong(maxBytes: number): CapstanError {
  const text = `The body is longer than ${maxBytes} bytes. Send less, or raise server.bodyBytes of the relay.`;
  return new CapstanError('invalid_config', text, { status: 413 });
}

function gone(): CapstanError {
  return new CapstanError('aborted', 'The client went before its request was whole.');
}
