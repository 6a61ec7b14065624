import type { Tool } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { allTemplates } from '../templates/all-templates.ts';
import { applyOpportunity, proposeOpportunity } from './apply-opportunity.ts';
import { findOpportunities } from './find-opportunities.ts';
import { printScan } from './print-scan.ts';

interface FindInput {
  readonly path?: string;
  readonly limit?: number;
}

interface ApplyInput {
  readonly id: string;
}

/** Makes the tools that find and take safe improvements in a work tree: `find_opportunities`, `apply_opportunity`. */
export function improveTools(worktree: Worktree): Tool[] {
  return [findTool(worktree), applyTool(worktree)] as Tool[];
}

function findTool(worktree: Worktree): Tool<FindInput> {
  return {
    name: 'find_opportunities',
    description:
      'Finds places in JavaScript and TypeScript sources that can be made faster without changing what they do, by rules ' +
      `over the syntax tree (${allTemplates.map((template) => template.id).join(', ')}). Reads only. Gives them ranked, each with ` +
      'an id for apply_opportunity, its rationale and risk, and names look-alikes that must stay as they are.',
    input: {
      type: 'object',
      properties: {
        path: {
          type: 'string',
          description: 'Only this file or folder, relative to the root. Default: the whole repository.',
        },
        limit: { type: 'integer', minimum: 1, maximum: 100, description: 'Most opportunities to give. Default 20.' },
      },
      additionalProperties: false,
    },
    effects: async ({ path }) => [{ kind: 'read', path: (await worktree.locate(path ?? '.')).absolute }],
    execute: async ({ path, limit = 20 }, { signal }) => {
      if (path !== undefined) await worktree.resolve(path);
      return printScan(await findOpportunities(worktree, { signal, ...(path === undefined ? {} : { path }) }), limit);
    },
  };
}

function applyTool(worktree: Worktree): Tool<ApplyInput> {
  return {
    name: 'apply_opportunity',
    description:
      'Takes one opportunity that find_opportunities gave: makes the smallest change of the text and keeps it as a patch ' +
      'that rolls back. Refuses when the code has changed since. Run the tests before and after.',
    input: {
      type: 'object',
      properties: { id: { type: 'string', minLength: 1, description: 'The id, for example append-in-loop-1f0c9a2b.' } },
      required: ['id'],
      additionalProperties: false,
    },
    effects: async ({ id }, { signal }) => {
      const { change } = await proposeOpportunity(worktree, id, { signal });
      return [{ kind: 'write', path: await worktree.resolve(change.path), change: 'modify' }];
    },
    preview: async ({ id }, { signal }) => ({
      kind: 'diff',
      diff: (await proposeOpportunity(worktree, id, { signal })).diff,
    }),
    execute: async ({ id }, { signal, runId, callId, patched }) => {
      const { opportunity, patch, diff } = await applyOpportunity(worktree, id, { signal, runId, callId });
      patched(patch);
      const lines = `+${patch.added} −${patch.removed}`;
      return `Applied ${id} to ${opportunity.path} (${lines} lines) as patch ${patch.id}.\n${opportunity.rationale}\n\n${diff}`;
    },
  };
}
