import type { Effect } from '@capstan/policy';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { contentHash } from '../worktree/file-state.ts';
import { deleteEffect, resolveJudged, writeEffect } from './effects.ts';
import type { FilePatch } from './file-patch.ts';
import type { FileTools } from './file-tools.ts';
import { parsePatch } from './parse-patch.ts';
import { planPatch } from './patch-plan.ts';
import { refuseStale } from './refuse-stale.ts';

interface ApplyPatchInput {
  readonly patch: string;
}

/** Makes the `apply_patch` tool. */
export function applyPatchTool(tools: FileTools): Tool {
  const { worktree } = tools;
  const tool: Tool<ApplyPatchInput> = {
    name: 'apply_patch',
    description:
      'Changes several files at once, all or none. Takes "*** Begin Patch" … "*** End Patch" with ' +
      '"*** Add File: path", "*** Update File: path" (hunks of lines marked " ", "-", "+" behind an @@ line) and ' +
      '"*** Delete File: path"; a unified diff; or search/replace blocks.',
    input: {
      type: 'object',
      properties: { patch: { type: 'string', minLength: 1, description: 'The patch.' } },
      required: ['patch'],
    },
    effects: async (input) => {
      const effects: Effect[] = [];
      const patches = [...parsePatch(input.patch)];
      for (const path of writtenPaths(patches)) effects.push(await writeEffect(worktree, input, path));
      for (const { kind, path } of patches) if (kind === 'delete') effects.push(await deleteEffect(worktree, path));
      return effects;
    },
    preview: async (input) => {
      const { changes } = await planPatch(worktree, parsePatch(input.patch));
      return { kind: 'diff', diff: await worktree.diff(changes) };
    },
    execute: (input, context) => tools.inTurn(() => applyPatch(tools, input, context)),
  };
  return tool as Tool;
}

function writtenPaths(patches: Iterable<FilePatch>): Set<string> {
  const paths = new Set<string>();
  for (const patch of patches) {
    if (patch.kind !== 'delete') paths.add(patch.path);
    if (patch.kind === 'update' && patch.moveTo !== undefined) paths.add(patch.moveTo);
  }
  return paths;
}

async function applyPatch(tools: FileTools, input: ApplyPatchInput, context: ToolContext): Promise<string> {
  const { worktree, seen } = tools;
  const patches = [...parsePatch(input.patch)];
  for (const path of writtenPaths(patches)) await resolveJudged(worktree, input, path);
  const plan = await planPatch(worktree, patches);
  for (const file of plan.read) refuseStale(tools, file, { context, near: input.patch.replaceAll(/^[-+ ]/gm, '') });
  const { signal, runId, callId } = context;
  const patch = await worktree.change(plan.changes, { runId, callId, signal, label: 'apply_patch' });
  for (const change of plan.changes) {
    if ('content' in change) seen.note(context.sessionId, change.path, contentHash(Buffer.from(change.content)));
  }
  if (patch.files.length === 0) return 'The files read so already; nothing changed.';
  context.patched(patch);
  const files = patch.files.map((file) => `${file.change} ${file.path} (+${file.added} −${file.removed})`);
  const notes = plan.notes.map((note) => `[${note}; check the result]`);
  return ['Applied:', ...files, ...notes].join('\n');
}
