import type { EffectContext, PatchSummary, Tool, ToolContext } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { join } from 'node:path';
import { isWithin } from './added-folders.ts';
import { prepareFolder } from './open-project.ts';

/** A folder besides the root, with tools of its own: what they change is kept there as patches. */
export interface AddedTree {
  readonly tree: Worktree;
  /** Those that take a path. */
  readonly tools: readonly Tool[];
}

/**
 * Makes tools of one work tree reach into others: what takes a path goes to the tree that the path lies in, and what
 * starts programs is watched in all of them, so that every change can be taken back where it was made.
 *
 * @param programs Names of the tools that start programs.
 */
export function toolsAcross(
  main: Worktree,
  tools: readonly Tool[],
  { added, programs }: { readonly added: readonly AddedTree[]; readonly programs: (tool: Tool) => boolean },
): Tool[] {
  if (added.length === 0) return [...tools];
  return tools.map((tool) => {
    const others = added.flatMap(({ tree, tools: own }) => {
      const other = own.find(({ name }) => name === tool.name);
      return other ? [{ tree, tool: other }] : [];
    });
    if (others.length > 0) return routed(main, tool, others);
    return programs(tool) ? added.reduce((inner, { tree }) => watched(tree, inner), tool) : tool;
  });
}

interface Other {
  readonly tree: Worktree;
  readonly tool: Tool;
}

function routed(main: Worktree, tool: Tool, others: readonly Other[]): Tool {
  // The same input object is judged and carried out, so that what was judged is what happens.
  const inputs = new WeakMap<object, Promise<{ readonly other?: Other; readonly input: unknown }>>();
  const find = async (input: unknown) => {
    const path = pathIn(input);
    if (path === undefined) return { input };
    const { absolute } = await main.locate(path).catch(() => ({ absolute: '' }));
    const other = others.find(({ tree }) => absolute !== '' && isWithin(tree.root, absolute));
    return other ? { other, input: { ...(input as object), path: absolute } } : { input };
  };
  const way = (input: unknown) => {
    if (typeof input !== 'object' || input === null) return find(input);
    const known = inputs.get(input) ?? find(input);
    inputs.set(input, known);
    return known;
  };
  const { effects, preview } = tool;
  return {
    ...tool,
    ...(effects && {
      effects: async (given: unknown, context: EffectContext) => {
        const { other, input } = await way(given);
        return (other?.tool.effects ?? effects)(input, context);
      },
    }),
    ...(preview && {
      preview: async (given: unknown, context: EffectContext) => {
        const { other, input } = await way(given);
        return (other?.tool.preview ?? preview)(input, context);
      },
    }),
    async execute(given: unknown, context: ToolContext) {
      const { other, input } = await way(given);
      if (!other) return tool.execute(input, context);
      return other.tool.execute(input, { ...context, patched: reported(other.tree, context) });
    },
  };
}

function pathIn(input: unknown): string | undefined {
  const path = typeof input === 'object' && input !== null && 'path' in input ? input.path : undefined;
  return typeof path === 'string' ? path : undefined;
}

function watched(tree: Worktree, tool: Tool): Tool {
  return {
    ...tool,
    execute: (input: unknown, context: ToolContext) => {
      const { runId, callId, signal } = context;
      const lasting = typeof input === 'object' && input !== null && 'background' in input && input.background === true;
      const options = { runId, callId, signal, label: tool.name, lasting, patched: reported(tree, context) };
      return tree.watch(async () => tool.execute(input, context), options);
    },
  };
}

/** Tells of a patch of another tree by whole paths: those of the root alone are short. */
function reported({ root }: Worktree, { patched }: ToolContext): (patch: PatchSummary) => void {
  return (patch) => {
    prepareFolder(root);
    patched({ ...patch, files: patch.files.map((file) => ({ ...file, path: join(root, file.path) })) });
  };
}
