import type { CapstanError, Usage } from '@capstan/sdk/contract';
import type { Wire } from '../config/kinds.ts';
import type { WholeReply } from './begun.ts';
import { type BodyReader, garbled } from './body-reader.ts';
import { hideKeys } from './hide-keys.ts';
import { countsIn, usageFrom } from './read-usage.ts';

export interface PassedWholeOptions {
  readonly wire: Wire;
  readonly keys: readonly string[];
  /** `upstream/model`, for messages. */
  readonly name: string;
  readonly status: number;
  readonly contentType: string;
  readonly begun: (reply: WholeReply) => void;
  readonly failed: (error: CapstanError) => void;
}

const maxBytes = 67_108_864;
const bytesPerToken = 4;

/** Reads a reply that is no stream, and checks that it is what it should be before the client gets any of it. */
export function passedWhole(options: PassedWholeOptions): BodyReader {
  const { name, wire, status, begun, failed } = options;
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) failed(garbled(name, `more than ${maxBytes} bytes`));
      else chunks.push(chunk);
    },
    end() {
      const [first] = chunks;
      const body = chunks.length === 1 && first ? first : Buffer.concat(chunks, bytes);
      const text = body.toString('utf8');
      const read = usageIn(wire, text);
      if (!read) return failed(garbled(name, 'what is no JSON'));
      const contentType = options.contentType || 'application/json';
      const clean = hideKeys(options.keys)(body);
      begun({
        kind: 'whole',
        status,
        contentType,
        body: clean === body ? asText(text, body) : clean,
        usage: read.usage,
        pieces: wire === 'openai-embeddings' ? 0 : Math.ceil(body.length / bytesPerToken),
      });
    },
    // What ended it is told already.
    fail: () => {},
  };
}

/** A short text goes out in one write with its head, where bytes take two; but only if it is the same bytes. */
function asText(text: string, body: Buffer): string | Buffer {
  return body.length <= 65_536 && Buffer.byteLength(text) === body.length && !text.includes('\uFFFD') ? text : body;
}

/** `undefined` for what is no JSON object or list. */
function usageIn(wire: Wire, body: string): { readonly usage: Usage | undefined } | undefined {
  try {
    const value = JSON.parse(body) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    const counts = countsIn(wire, value);
    return { usage: counts && usageFrom(wire, [counts]) };
  } catch {
    return undefined;
  }
}
