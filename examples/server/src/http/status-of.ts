import { isCapstanError, type ErrorCode } from '@capstan/sdk/contract';

const statuses: { readonly [code in ErrorCode]: number } = {
  model_failed: 502,
  auth_missing: 401,
  auth_refused: 401,
  rate_limited: 429,
  context_overflow: 400,
  tool_failed: 500,
  store_failed: 503,
  conflict: 409,
  invalid_config: 400,
  path_outside: 403,
  patch_failed: 500,
  sandbox_unavailable: 503,
  not_found: 404,
  aborted: 499,
};

/** The status that an error of ours is answered with: the one it carries, else the one its code stands for. */
export function statusOf(error: unknown): number {
  if (!isCapstanError(error)) return 500;
  const { status } = error.details;
  return status !== undefined && status >= 400 && status <= 599 ? status : statuses[error.code];
}
