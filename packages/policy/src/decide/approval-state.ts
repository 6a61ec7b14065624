/** One person's word on a call that waits. */
export interface Approval {
  readonly verdict: 'approved' | 'denied';
  /** Who said it, in one spelling: the log's `by`. */
  readonly by: string;
}

export interface ApprovalRule {
  /** How many different people must approve. */
  readonly approvals: number;
  /** Who started the run; with two or more approvals, one must come from someone else. */
  readonly owner?: string;
  /**
   * There is only one person on this machine: two or more approvals are stood in for by that many confirmations of the
   * same person, and the outcome says so.
   */
  readonly alone?: boolean;
}

export interface ApprovalState {
  readonly state: 'waiting' | 'approved' | 'denied';
  /** Who has approved, each once, in order. */
  readonly by: readonly string[];
  /** How many approvals are still missing. */
  readonly missing: number;
  /** The same person confirmed more than once because nobody else was there. */
  readonly standIn?: true;
  /** What is still missing, in a sentence; empty when nothing is. */
  readonly reason: string;
}

/** Says where approvals stand. Pure, over the list in the log, so it is the same after a restart. One denial denies. */
export function approvalState(
  given: readonly Approval[],
  { approvals, owner, alone = false }: ApprovalRule,
): ApprovalState {
  const denial = given.find((one) => one.verdict === 'denied');
  const by = [...new Set(given.filter((one) => one.verdict === 'approved').map((one) => sameName(one.by)))];
  if (denial) return { state: 'denied', by, missing: 0, reason: `${denial.by} said no.` };
  const needed = Math.max(1, approvals);
  if (alone) {
    const missing = Math.max(0, needed - given.length);
    const stood = needed > 1 && by.length < needed ? ({ standIn: true } as const) : {};
    const reason = missing > 0 ? `Confirm it again: ${missing} of ${needed} confirmations are missing.` : '';
    return { state: missing > 0 ? 'waiting' : 'approved', by, missing, ...stood, reason };
  }
  const others = owner === undefined ? by.length : by.filter((name) => name !== sameName(owner)).length;
  const missing = Math.max(0, needed - by.length, needed > 1 && others === 0 ? 1 : 0);
  const reason =
    missing === 0
      ? ''
      : `${missing} more of ${needed} different people must approve${needed > 1 ? ', one of them not the owner of the run' : ''}.`;
  return { state: missing > 0 ? 'waiting' : 'approved', by, missing, reason };
}

function sameName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
