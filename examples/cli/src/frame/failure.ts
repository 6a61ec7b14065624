import { isCapstanError, type ErrorCode, type ErrorInfo } from '@capstan/sdk/contract';
import { errorExitCode, type ExitCode } from './exit-code.ts';

/** An error as people and programs are told of it. */
export interface Failure {
  readonly error: Omit<ErrorInfo, 'code'> & { readonly code: ErrorCode | 'usage' | 'internal' };
  readonly exit: ExitCode;
  /** Only for a fault of ours. */
  readonly stack?: string;
}

/** Tells a user's mistake, which has a message, from a fault of ours, which has a stack. */
export function failureOf(thrown: unknown): Failure {
  if (isCapstanError(thrown)) return { error: thrown.toJSON(), exit: errorExitCode(thrown.code) };
  const usage = usageMessage(thrown);
  if (usage !== undefined) return { error: { code: 'usage', message: usage }, exit: 2 };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return { error: { code: 'internal', message }, exit: 1, ...(stack === undefined ? {} : { stack }) };
}

/** The parser's own errors, told by their code: naming its class would load it for every command. */
function usageMessage(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined;
  if (!thrown.code.startsWith('commander.')) return undefined;
  return thrown.message.replace(/^error: /, '');
}
