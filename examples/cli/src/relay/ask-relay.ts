import { CapstanError } from '@capstan/sdk/contract';

export interface RelayQuestion {
  readonly method: 'GET' | 'POST';
  /** Behind the address, for example `/v1/devices`. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Milliseconds for all of it. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface RelayAnswer {
  readonly status: number;
  /** The JSON it holds; an empty object where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** More than any answer of a relay to these questions. */
const maxBytes = 1_048_576;

/**
 * Asks a relay. Redirects are not followed: a token goes to the address that was named and to no other.
 *
 * @throws {CapstanError} `model_failed`, retryable, when it does not answer.
 */
export async function askRelay(address: string, question: RelayQuestion): Promise<RelayAnswer> {
  const { method, path, token, body, timeoutMs = 10_000 } = question;
  const url = new URL(address + path);
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  try {
    return await new Promise((resolve, reject) => {
      const { request: send } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
      const asked = send(url, { method, headers, signal }, (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (piece: string) => {
          text += piece;
          if (text.length > maxBytes) asked.destroy(new Error('it says too much'));
        });
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, json: parsed(text) }));
        reply.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  } catch (cause) {
    const why = signal.aborted
      ? `no answer within ${timeoutMs} ms`
      : cause instanceof Error
        ? cause.message
        : 'no answer';
    const text = `The relay at ${address} does not answer: ${why}. Start it with "capstan serve", or name another.`;
    throw new CapstanError('model_failed', text, { retryable: true, where: address }, { cause });
  }
}

/** What the relay said against it, in its own words. */
export function refusal({ json }: RelayAnswer): string {
  const { error } = json as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message.slice(0, 300) : 'it does not say why';
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
