import { CapstanError, type PatchSummary } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { brokenLimit, countDiff, type PatchLimits } from '../limits/patch-limits.ts';
import type { Opportunity } from '../scan/opportunity.ts';
import { splice } from '../scan/splice.ts';
import { allTemplates } from '../templates/all-templates.ts';
import { findOpportunities } from './find-opportunities.ts';

export interface ApplyOptions {
  /** Kept with the patch. */
  readonly runId?: string;
  readonly callId?: string;
  readonly limits?: PatchLimits;
  readonly signal?: AbortSignal;
}

/** An opportunity, and the change of one file that takes it. */
export interface Proposal {
  readonly opportunity: Opportunity;
  readonly change: { readonly path: string; readonly content: string; readonly basedOn: string };
  readonly diff: string;
}

/** An opportunity that was taken, and the patch that holds it. */
export interface Applied extends Proposal {
  readonly patch: PatchSummary;
}

/**
 * Works out the change that an opportunity stands for, on the files as they are now. Writes nothing.
 *
 * @throws {CapstanError} `not_found` when the code is no longer there, `patch_failed` when the patch breaks a limit.
 */
export async function proposeOpportunity(
  worktree: Worktree,
  id: string,
  options: ApplyOptions = {},
): Promise<Proposal> {
  const { limits, signal } = options;
  const templates = allTemplates.flatMap((template) => (id.startsWith(`${template.id}-`) ? template.id : []));
  const { opportunities } = await findOpportunities(worktree, { templates, ...(signal ? { signal } : {}) });
  const opportunity = opportunities.find((one) => one.id === id);
  if (!opportunity) throw gone(id);
  const { path, basedOn, edits } = opportunity;
  const file = await worktree.read(path);
  if (file.hash !== basedOn) throw gone(id);
  const change = { path, content: splice(file.bytes.toString('utf8'), edits), basedOn };
  const diff = await worktree.diff([change]);
  const broken = brokenLimit(countDiff(diff), limits);
  if (broken) throw new CapstanError('patch_failed', broken, { where: opportunity.path });
  return { opportunity, change, diff };
}

/**
 * Takes an opportunity: changes its file and keeps the change as a patch that rolls back.
 *
 * @throws {CapstanError} as `proposeOpportunity`, and `conflict` when the file changes meanwhile.
 */
export async function applyOpportunity(worktree: Worktree, id: string, options: ApplyOptions = {}): Promise<Applied> {
  const { runId, callId, signal } = options;
  const proposal = await proposeOpportunity(worktree, id, options);
  const patch = await worktree.change([proposal.change], {
    runId,
    callId,
    signal,
    label: `improve: ${proposal.opportunity.title}`,
  });
  return { ...proposal, patch };
}

function gone(id: string): CapstanError {
  return new CapstanError(
    'not_found',
    `There is no opportunity ${id} in the files as they are now. Call find_opportunities again.`,
  );
}
