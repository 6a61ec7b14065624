import type { ToolCallLocation, ToolKind } from '@agentclientprotocol/sdk';
import { isAbsolute, join } from 'node:path';
import type { ToolDecided } from '@capstan/sdk/contract';

/** Says of what kind a call is, by what it would do: editors choose a sign by it. */
export function callKind({ effects }: Pick<ToolDecided, 'effects'>): ToolKind {
  const kinds = new Set(effects.map(({ kind }) => kind));
  if (kinds.has('run')) return 'execute';
  if (effects.some((effect) => effect.kind === 'write' && effect.change === 'delete')) return 'delete';
  if (kinds.has('write')) return 'edit';
  if (kinds.has('network')) return 'fetch';
  return kinds.has('read') ? 'read' : 'other';
}

/** The files a call is about, so that an editor can follow the agent. */
export function callLocations(
  { effects, input }: Pick<ToolDecided, 'effects' | 'input'>,
  root: string,
): ToolCallLocation[] {
  const paths = effects.flatMap((effect) => ('path' in effect ? [effect.path] : []));
  const { line } = (typeof input === 'object' && input !== null ? input : {}) as { readonly line?: unknown };
  return [...new Set(paths)].slice(0, 20).map((path) => ({
    path: isAbsolute(path) ? path : join(root, path),
    ...(typeof line === 'number' ? { line } : {}),
  }));
}
