import { CapstanError } from '@capstan/sdk';

/** Says that the database failed, without what the statement carried. */
export function storeFailure(where: string, cause: unknown): CapstanError {
  if (cause instanceof CapstanError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CapstanError(
    'store_failed',
    `The relay's store failed (${where}): ${why}. Check that it runs and can be written.`,
    { where, retryable: true },
    { cause },
  );
}
