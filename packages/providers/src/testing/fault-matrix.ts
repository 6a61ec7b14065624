import type { ErrorCode } from '@capstan/sdk/contract';
import type { Fault } from './scripted-reply.ts';

/** A fault on the way to a vendor and the error that it must become. */
export interface ExpectedFault {
  readonly name: string;
  readonly fault: Fault;
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

const statuses: readonly (readonly [status: number, code: ErrorCode, retryable: boolean])[] = [
  [400, 'model_failed', false],
  [401, 'auth_refused', false],
  [402, 'rate_limited', false],
  [403, 'auth_refused', false],
  [404, 'not_found', false],
  [408, 'model_failed', true],
  [409, 'model_failed', true],
  [413, 'context_overflow', false],
  [422, 'model_failed', false],
  [429, 'rate_limited', true],
  [500, 'model_failed', true],
  [502, 'model_failed', true],
  [503, 'model_failed', true],
  [504, 'model_failed', true],
  [529, 'model_failed', true],
];

/**
 * Every fault a provider meets, with the code and the retryability that each vendor's provider must give it.
 *
 * `silence` and `hang` need a provider with short `timeouts`.
 */
export const faultMatrix: readonly ExpectedFault[] = [
  ...statuses.map(([status, code, retryable]) => ({
    name: `status ${status}`,
    fault: { kind: 'status' as const, status },
    code,
    retryable,
  })),
  { name: 'a web page of status 502', fault: { kind: 'page', status: 502 }, code: 'model_failed', retryable: true },
  { name: 'a web page of status 200', fault: { kind: 'page' }, code: 'model_failed', retryable: true },
  {
    name: 'a redirect',
    fault: { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' },
    code: 'invalid_config',
    retryable: false,
  },
  { name: 'silence before the headers', fault: { kind: 'silence' }, code: 'model_failed', retryable: true },
  { name: 'silence in the middle', fault: { kind: 'hang' }, code: 'model_failed', retryable: true },
  { name: 'an end inside a character', fault: { kind: 'cut' }, code: 'model_failed', retryable: true },
  { name: 'a reset in the middle', fault: { kind: 'reset' }, code: 'model_failed', retryable: true },
  { name: 'garbage in the middle', fault: { kind: 'garbage' }, code: 'model_failed', retryable: true },
];
