import { CapstanError } from '@capstan/sdk/contract';

/** Takes the body of a success. */
export interface BodyReader {
  push(chunk: Buffer): void;
  end(): void;
  /** The upstream is gone, or was let go. */
  fail(error: CapstanError): void;
}

/** What an upstream sent is not what its API sends. */
export function garbled(name: string, what: string): CapstanError {
  const text = `${name} sent ${what}. Try again; if it stays, check the upstream.`;
  return new CapstanError('model_failed', text, { retryable: true, model: name, where: 'garbled', status: 502 });
}
