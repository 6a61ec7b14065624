import type { Tool } from '../contract/tool.ts';
import type { AgentParts, ToldParts } from './prepare-run.ts';

/** Opens the instructions of an agent for one run: their text, with the tools and hooks they bring along. */
export async function openInstructions(parts: AgentParts, signal: AbortSignal): Promise<ToldParts> {
  const { instructions, ...rest } = parts;
  if (instructions === undefined) return rest;
  if (typeof instructions === 'string') return { ...rest, instructions };
  const { text, tools = [], hooks = [] } = await instructions.open({ model: parts.model.id, signal });
  return {
    ...rest,
    instructions: text,
    tools: [...parts.tools, ...(tools as readonly Tool[])],
    hooks: [...hooks, ...(parts.hooks ?? [])],
  };
}
