/** Bounds of what a server may send as one message, in bytes. */
export interface MessageLimits {
  /** Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Default 64 MiB. */
  readonly maxBodyBytes?: number;
}

/** Takes the bytes of a server apart into messages. */
export interface MessageCutter {
  /** @throws {Error} for what is no message or a message that is too long; nothing more can be read then. */
  push(chunk: Uint8Array): void;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Cuts a stream of bytes into messages with headers, as the base protocol frames them, and never holds more than one
 * message of the greatest length: a stranger's program says how long they are.
 *
 * @param take Given each body, parsed.
 */
export function cutMessages(take: (message: object) => void, limits: MessageLimits = {}): MessageCutter {
  const { maxHeaderBytes = 16 << 10, maxBodyBytes = 64 << 20 } = limits;
  let chunks: Uint8Array[] = [];
  let held = 0;
  /** Bytes that must be there before there is anything to do. */
  let wanted = 1;
  let body: number | undefined;

  const next = (bytes: Buffer): number => {
    if (body === undefined) {
      const end = bytes.indexOf(headEnd);
      if (end < 0) {
        if (bytes.length > maxHeaderBytes) throw new Error(`it sent no header but ${shown(bytes)}`);
        return 0;
      }
      body = lengthIn(bytes.subarray(0, end), maxBodyBytes);
      return end + headEnd.length;
    }
    if (bytes.length < body) return 0;
    const length = body;
    body = undefined;
    take(parsed(bytes.subarray(0, length)));
    return length;
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      held += chunk.length;
      if (held < wanted) return;
      let rest = Buffer.concat(chunks, held);
      for (let used = -1; used !== 0 && rest.length >= (body ?? 1); rest = rest.subarray(used)) used = next(rest);
      chunks = [rest];
      held = rest.length;
      wanted = body ?? held + 1;
    },
  };
}

function lengthIn(head: Buffer, maxBytes: number): number {
  const length = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(head.toString('latin1'))?.[1];
  if (length === undefined) throw new Error(`it sent no header but ${shown(head)}`);
  if (Number(length) > maxBytes) throw new Error(`it announced a message of ${length} bytes`);
  return Number(length);
}

function parsed(body: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Error(`it sent a message that is no JSON: ${shown(body)}`);
  }
  if (typeof value === 'object' && value !== null && 'jsonrpc' in value) return value;
  throw new Error(`it sent a message that is none of the protocol: ${shown(body)}`);
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 80).toString('utf8'));
}
