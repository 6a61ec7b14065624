import { CapstanError } from '../contract/errors.ts';

/** The error of a writer that does not know of a session's newest events. */
export function staleWriter(sessionId: string, expectedSeq: number, actualSeq: number): CapstanError {
  return new CapstanError(
    'conflict',
    `Session ${sessionId} is at event ${actualSeq}, not ${expectedSeq}: another run writes to it. Wait for it to end, or start a new session.`,
    { where: sessionId },
  );
}
