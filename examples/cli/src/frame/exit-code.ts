import type { ErrorCode } from '@capstan/sdk/contract';
import type { Interrupt } from './io.ts';

/**
 * What a command leaves with. They are part of the interface:
 * 0 done · 1 failed, or nothing done of what was asked · 2 wrong usage or settings · 3 denied, or approval is needed ·
 * 4 a budget ran out (`policy guard`: a person is to be asked) · 130 interrupted (129 hang-up, 141 closed pipe, 143 terminated).
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 129 | 130 | 141 | 143;

const byInterrupt = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

/** 128 plus the signal's number, as shells say it. */
export function interruptCode(interrupt: Interrupt): ExitCode {
  return byInterrupt[interrupt];
}

/** The exit code for an error that was thrown. */
export function errorExitCode(code: ErrorCode): ExitCode {
  if (code === 'invalid_config') return 2;
  if (code === 'path_outside') return 3;
  if (code === 'aborted') return 130;
  return 1;
}
