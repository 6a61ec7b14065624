import type { CodeIndex } from '../context/code-index.ts';
import { studyChange, type TextChange } from './changed-file.ts';
import { worstFirst, type ReviewFinding } from './finding.ts';
import { linkFindings } from './link-findings.ts';
import { reviewFile, type ReviewedFile } from './reviewed-file.ts';
import { coverageFindings, headFindings, sizeFindings } from './symbol-findings.ts';
import { readPast } from './tests-of.ts';
import { textFindings } from './text-findings.ts';

/** What can be said of a change without any model. */
export interface ChangeReview {
  readonly files: readonly ReviewedFile[];
  /** The worst first. */
  readonly findings: readonly ReviewFinding[];
}

export interface ReviewOptions {
  readonly signal?: AbortSignal;
}

/** Declarations that are followed to who uses them; of a larger change the rest is only named. */
const maxFollowed = 120;

/**
 * Looks at a change without any model: which declarations it touches, who calls them, which tests cover them, and what
 * its lines show: imports that it breaks, leftovers, weakened checks, unsafe calls, functions that grew too large.
 *
 * @param index Of the tree with the change in it; for one that is not checked out, callers are those of the tree.
 * @param changes Whole texts of each file, before and after.
 */
export async function reviewChanges(
  index: CodeIndex,
  changes: readonly TextChange[],
  { signal }: ReviewOptions = {},
): Promise<ChangeReview> {
  const studied = changes.map(studyChange);
  const paths = new Set(studied.map(({ path }) => path));
  const files: ReviewedFile[] = [];
  const budget = { left: maxFollowed };
  await readPast(index, signal);
  const findings: ReviewFinding[] = linkFindings(index, studied);
  for (const change of studied) {
    signal?.throwIfAborted();
    const file = reviewFile(index, change, budget);
    files.push(file);
    findings.push(
      ...textFindings(change),
      ...sizeFindings(change),
      ...headFindings(change.path, file.symbols, paths),
      ...coverageFindings(change, file.symbols),
    );
  }
  return { files, findings: findings.toSorted(worstFirst) };
}
