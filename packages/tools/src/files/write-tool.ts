import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { contentHash } from '../worktree/file-state.ts';
import type { TreeFile } from '../worktree/worktree.ts';
import { resolveJudged, writeEffect } from './effects.ts';
import type { FileTools } from './file-tools.ts';
import { refuseStale } from './refuse-stale.ts';
import { decodeText, encodeText } from './text-encoding.ts';

interface WriteInput {
  readonly path: string;
  readonly content: string;
}

/** Makes the `write` tool. */
export function writeTool(tools: FileTools): Tool {
  const { worktree } = tools;
  const tool: Tool<WriteInput> = {
    name: 'write',
    description:
      'Writes a whole file, making it and its folders when they are missing. ' +
      'An existing file keeps its encoding, mode and owner. To change a part of a file use edit.',
    input: {
      type: 'object',
      properties: {
        path: { type: 'string', minLength: 1, description: 'File, relative to the root of the work tree.' },
        content: { type: 'string', description: 'The whole new content.' },
      },
      required: ['path', 'content'],
    },
    effects: async (input) => [await writeEffect(worktree, input, input.path)],
    preview: async (input) => ({
      kind: 'diff',
      diff: await worktree.diff([{ path: input.path, content: contentFor(await existing(tools, input.path), input) }]),
    }),
    execute: (input, context) => tools.inTurn(() => writePath(tools, input, context)),
  };
  return tool as Tool;
}

async function writePath(tools: FileTools, input: WriteInput, context: ToolContext): Promise<string> {
  const { worktree, seen } = tools;
  const path = await resolveJudged(worktree, input, input.path);
  const before = await existing(tools, path);
  if (before) refuseStale(tools, before, { context, near: input.content });
  const content = contentFor(before, input);
  const { signal, runId, callId } = context;
  const patch = await worktree.change([{ path, content, basedOn: before?.hash ?? null }], {
    runId,
    callId,
    signal,
    label: `write ${input.path}`,
  });
  seen.note(context.sessionId, path, contentHash(content));
  if (patch.files.length === 0) return `${input.path} has this content already; nothing changed.`;
  context.patched(patch);
  return `${before ? 'Replaced' : 'Created'} ${input.path} (+${patch.added} −${patch.removed} lines).`;
}

/** Reads what is there; `undefined` when nothing is. */
async function existing({ worktree }: FileTools, path: string): Promise<TreeFile | undefined> {
  return worktree.read(path).catch((error: unknown) => {
    if (isCapstanError(error) && error.code === 'not_found') return undefined;
    throw error;
  });
}

function contentFor(before: TreeFile | undefined, { path, content }: WriteInput): Buffer {
  const decoded = before && before.bytes.length > 0 ? decodeText(before.bytes) : undefined;
  if (!decoded || (decoded.encoding === 'utf8' && !decoded.bom)) return Buffer.from(content, 'utf8');
  const text = content.startsWith('\ufeff') ? content.slice(1) : content;
  const bytes = encodeText({ ...decoded, text });
  if (bytes) return bytes;
  throw new CapstanError(
    'tool_failed',
    `${path} is written in ${decoded.encoding}, which cannot hold all of these characters. Use only characters it has.`,
  );
}
