/** How much a finding matters, the worst first. */
export const severities = ['high', 'medium', 'low', 'info'] as const;

export type Severity = (typeof severities)[number];

/** Something in a change that a reviewer should see. */
export interface ReviewFinding {
  /** Name of the rule that found it, such as `missing-export`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly path: string;
  /** Of the new text, from 1. */
  readonly line: number;
  /** One sentence: what is wrong. */
  readonly title: string;
  /** What follows from it and what to do; absent where the title says it all. */
  readonly detail?: string;
}

/** Orders findings: the worst first, then by place. */
export function worstFirst(one: ReviewFinding, other: ReviewFinding): number {
  const bySeverity = severities.indexOf(one.severity) - severities.indexOf(other.severity);
  if (bySeverity !== 0) return bySeverity;
  return one.path === other.path ? one.line - other.line : one.path < other.path ? -1 : 1;
}
