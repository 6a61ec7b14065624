import { CapstanError } from '@capstan/sdk/contract';
import { maskSecrets } from '@capstan/providers/keys';

/** What a vendor said of a request that the client itself can mend, in the vendor's own words and shape. */
export interface VendorRefusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Statuses that speak of the request; all others speak of the relay's key, its limits or the vendor's state. */
const ofRequest = new Set([400, 404, 405, 409, 413, 415, 422]);

/** Keeps a vendor's own refusal with the error, so that a client of the same dialect can be told it unchanged. */
export function withRefusal(error: CapstanError, refusal: VendorRefusal, secrets: readonly string[]): CapstanError {
  const { status, contentType, body } = refusal;
  if (!ofRequest.has(status) || error.code === 'auth_refused' || !isWhole(contentType, body)) return error;
  const cause: VendorRefusal = { status, contentType, body: maskSecrets(body, secrets) };
  return new CapstanError(error.code, error.message, error.details, { cause });
}

function isWhole(contentType: string, body: string): boolean {
  if (!/json/i.test(contentType)) return false;
  try {
    return typeof JSON.parse(body) === 'object';
  } catch {
    return false;
  }
}

/** Finds it again. */
export function refusalIn(error: unknown): VendorRefusal | undefined {
  const cause = error instanceof CapstanError ? (error.cause as Partial<VendorRefusal> | undefined) : undefined;
  return typeof cause?.body === 'string' && typeof cause.status === 'number' ? (cause as VendorRefusal) : undefined;
}
