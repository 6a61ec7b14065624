import type { Risk, TextEdit } from './template.ts';

/** A place where a rewrite surely means the same and costs less. Plain data. */
export interface Opportunity {
  /** The same in each scan while the code it speaks of stays the same: `append-in-loop-1f0c9a2b`. */
  readonly id: string;
  /** Id of the template. */
  readonly template: string;
  readonly title: string;
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly endLine: number;
  /** The code concerned, its first lines. */
  readonly excerpt: string;
  readonly rationale: string;
  /** `none`, or `low` when the rationale names an assumption. */
  readonly risk: Risk;
  /** From 1 to 10; the list is ranked by it. */
  readonly gain: number;
  readonly edits: readonly TextEdit[];
  /** SHA-256 of the file's bytes in hex; the edits hold for this very content. */
  readonly basedOn: string;
}

/** A place that was looked at and is left alone. */
export interface LeftAlone {
  readonly template: string;
  readonly path: string;
  readonly line: number;
  readonly reason: string;
}

/** What a scan gives. */
export interface ScanResult {
  /** The best first. */
  readonly opportunities: readonly Opportunity[];
  /** Look-alikes, each with the precondition that does not hold. */
  readonly leftAlone: readonly LeftAlone[];
  /** Files read, and of those the ones whose syntax was looked at. */
  readonly files: number;
  readonly parsed: number;
}
