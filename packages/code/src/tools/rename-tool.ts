import { CapstanError, type Tool, type ToolContext } from '@capstan/sdk/contract';
import type { FileChange } from '@capstan/tools';
import type { Spot } from '../lsp/language-servers.ts';
import { asksServers, mayAsk, startsShown, type LspDesk } from './lsp-desk.ts';
import { inputSchema } from './opened-index.ts';
import { spotFields, spotOf, type SpotInput } from './spot-input.ts';

interface Input extends SpotInput {
  readonly newName: string;
}

/** Which files a call was judged to write; `undefined` while its server had yet to be started. */
type Judged = WeakMap<object, ReadonlySet<string> | undefined>;

/** Makes `rename`. */
export function renameTool(desk: LspDesk): Tool {
  const judged: Judged = new WeakMap();
  const plan = (spot: Spot, { newName }: Input, signal: AbortSignal): Promise<readonly FileChange[]> =>
    desk.servers.rename(spot, newName, { signal, worktree: desk.worktree });
  const tool: Tool<Input> = {
    name: 'rename',
    description:
      'Renames a name that stands in a file, everywhere it is used, as the language server sees it; all files or none, as one patch. The first call may only start the server and say what would change: then call it again.',
    input: inputSchema(
      { ...spotFields, newName: { type: 'string', minLength: 1, maxLength: 200, description: 'The new name.' } },
      ['path', 'newName'],
    ),
    effects: async (input, { signal }) => {
      const spot = await spotOf(desk, input);
      const asks = asksServers(desk, [spot.path]);
      judged.set(input, undefined);
      // What it would write is only known to a server, which may not be started before that is judged.
      if (!(await mayAsk(desk, [spot.path]))) return asks;
      const changes = await plan(spot, input, signal);
      const writes = await Promise.all(changes.map((change) => writeOf(desk, change)));
      judged.set(input, new Set(writes.map(({ path }) => path)));
      return [...asks, ...writes];
    },
    preview: async (input, { signal }) => {
      const spot = await spotOf(desk, input);
      if (!(await mayAsk(desk, [spot.path]))) return startsShown(desk, [spot.path]);
      return { kind: 'diff', diff: await desk.worktree.diff(await plan(spot, input, signal)) };
    },
    async execute(input, context) {
      const changes = await plan(await spotOf(desk, input), input, context.signal);
      if (changes.length === 0) return 'Nothing to rename: the language server would change no file.';
      if (judged.has(input)) {
        const may = judged.get(input);
        if (!may)
          return `The language server is started now. Nothing is changed yet; the rename would change:\n${await listed(desk, changes)}\nCall it again to do it.`;
        await refuseOthers(desk, changes, may);
      }
      return apply(desk, input, { changes, context });
    },
  };
  return tool as Tool;
}

async function writeOf({ worktree }: LspDesk, change: FileChange) {
  const gone = 'delete' in change;
  const { absolute, exists } = await worktree.locate(change.path, gone ? { last: 'keep' } : {});
  const how = gone ? 'delete' : exists ? 'modify' : 'create';
  return { kind: 'write', path: absolute, change: how } as const;
}

/** @throws {CapstanError} `conflict` when the rename has come to reach further than what was judged. */
async function refuseOthers(desk: LspDesk, changes: readonly FileChange[], may: ReadonlySet<string>): Promise<void> {
  const writes = await Promise.all(changes.map((change) => writeOf(desk, change)));
  const other = writes.find(({ path }) => !may.has(path));
  if (!other) return;
  throw new CapstanError(
    'conflict',
    `The rename would now change ${other.path} as well. Nothing was changed; call it again.`,
    {
      where: other.path,
    },
  );
}

async function listed({ worktree }: LspDesk, changes: readonly FileChange[]): Promise<string> {
  const found = await Promise.all(changes.map(({ path }) => worktree.locate(path)));
  return found.map(({ path }) => `  ${path}`).join('\n');
}

async function apply(
  { worktree }: LspDesk,
  { newName }: Input,
  { changes, context }: { readonly changes: readonly FileChange[]; readonly context: ToolContext },
): Promise<string> {
  const { signal, runId, callId } = context;
  const patch = await worktree.change(changes, { runId, callId, signal, label: `rename to ${newName}` });
  if (patch.files.length === 0) return 'The files read so already; nothing changed.';
  context.patched(patch);
  const files = patch.files.map((file) => `${file.change} ${file.path} (+${file.added} −${file.removed})`);
  return [`Renamed to ${newName}:`, ...files].join('\n');
}
