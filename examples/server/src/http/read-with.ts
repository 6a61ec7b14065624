import { CapstanError } from '@capstan/sdk/contract';
import type { z } from 'zod';

/**
 * Checks what a client sent against a schema.
 *
 * @throws {CapstanError} `invalid_config` with status 400 naming the field; what was sent is not repeated.
 */
export function readWith<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  // No store of ours needs to take one, and PostgreSQL does not.
  if (read.success && holdsNul(value))
    throw new CapstanError('invalid_config', 'The body holds the character NUL. Leave it out.', { status: 400 });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys[0] : '') || 'the body';
  const said = issue?.code === 'unrecognized_keys' ? 'is not known' : `is wrong: ${issue?.message ?? 'unreadable'}`;
  throw new CapstanError('invalid_config', `${field} ${said}.`, { status: 400, where: field });
}

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsNul);
}
