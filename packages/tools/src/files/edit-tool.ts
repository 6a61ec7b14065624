import type { Tool, ToolContext } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { contentHash } from '../worktree/file-state.ts';
import type { TreeFile } from '../worktree/worktree.ts';
import { editText } from './edit-text.ts';
import type { EditDone, TextEdit } from './edit-text.ts';
import type { Tier } from './text-match.ts';
import { resolveJudged, writeEffect } from './effects.ts';
import type { FileTools } from './file-tools.ts';
import { refuseStale } from './refuse-stale.ts';
import { decodeText, encodeText } from './text-encoding.ts';

interface EditInput {
  readonly path: string;
  readonly old?: string;
  readonly new?: string;
  readonly all?: boolean;
  readonly edits?: readonly TextEdit[];
}

const editFields = {
  old: { type: 'string', description: 'Text to replace, as it stands in the file; it must be there once.' },
  new: { type: 'string', description: 'Text to put in its place.' },
  all: { type: 'boolean', description: 'Replace every occurrence. Default false.' },
};

/** Makes the `edit` tool. */
export function editTool(tools: FileTools): Tool {
  const { worktree } = tools;
  const tool: Tool<EditInput> = {
    name: 'edit',
    description:
      'Replaces text in a file: old by new, or several pairs in edits, all or none. ' +
      'Give enough of the text around to make old unique. Everything else in the file stays as it is.',
    input: {
      type: 'object',
      properties: {
        path: { type: 'string', minLength: 1, description: 'File, relative to the root of the work tree.' },
        ...editFields,
        edits: {
          type: 'array',
          minItems: 1,
          description: 'Several replacements in order, instead of old and new.',
          items: { type: 'object', properties: editFields, required: ['old', 'new'] },
        },
      },
      required: ['path'],
    },
    effects: async (input) => [await writeEffect(worktree, input, input.path)],
    preview: async (input) => {
      const { content } = edited(await worktree.read(input.path), input);
      return { kind: 'diff', diff: await worktree.diff([{ path: input.path, content }]) };
    },
    execute: (input, context) => tools.inTurn(() => editPath(tools, input, context)),
  };
  return tool as Tool;
}

async function editPath(tools: FileTools, input: EditInput, context: ToolContext): Promise<string> {
  const { worktree, seen } = tools;
  const file = await worktree.read(await resolveJudged(worktree, input, input.path));
  refuseStale(tools, file, {
    context,
    near: editsOf(input)
      .map((edit) => edit.old)
      .join('\n'),
  });
  const { content, done } = edited(file, input);
  const { signal, runId, callId } = context;
  const patch = await worktree.change([{ path: file.absolute, content, basedOn: file.hash }], {
    runId,
    callId,
    signal,
    label: `edit ${input.path}`,
  });
  seen.note(context.sessionId, file.absolute, contentHash(content));
  if (patch.files.length === 0) return `${input.path} reads so already; nothing changed.`;
  context.patched(patch);
  return `Edited ${input.path} (+${patch.added} −${patch.removed} lines): ${done.map(described).join('; ')}.`;
}

/** Says where an edit went in, and how it was found when not as it was given. */
function described({ tier, lines }: EditDone): string {
  const where = `line${lines.length === 1 ? '' : 's'} ${lines.slice(0, 20).join(', ')}${lines.length > 20 ? ' …' : ''}`;
  return `${where}, tier ${tier}${tierWords[tier]}`;
}

const tierWords: Readonly<Record<Tier, string>> = {
  exact: '',
  'line endings': ' (but for line endings, trailing blanks or blank lines around)',
  indentation: ' (by shifting the indentation)',
  'look-alikes': ' (taking look-alike characters as the same)',
  fuzzy: ' (nearly the same; check the result)',
};

function editsOf(input: EditInput): readonly TextEdit[] {
  if (input.edits && input.old === undefined) return input.edits;
  if (input.old !== undefined && input.new !== undefined && !input.edits) {
    return [{ old: input.old, new: input.new, all: input.all ?? false }];
  }
  throw new CapstanError('tool_failed', 'Give either old and new, or edits.');
}

function edited(file: TreeFile, input: EditInput): { readonly content: Buffer; readonly done: readonly EditDone[] } {
  const decoded = decodeText(file.bytes);
  if (!decoded) throw new CapstanError('tool_failed', `${input.path} is binary and cannot be edited as text.`);
  const edits = editsOf(input);
  let { text } = decoded;
  const done: EditDone[] = [];
  edits.forEach((edit, index) => {
    const outcome = editText(text, unmarked(edit, decoded.bom));
    if ('refused' in outcome) throw refusal(input, outcome.refused, edits.length > 1 ? index + 1 : undefined);
    text = outcome.text;
    done.push(outcome);
  });
  const content = encodeText({ ...decoded, text });
  if (content) return { content, done };
  throw new CapstanError(
    'tool_failed',
    `${input.path} is written in ${decoded.encoding}, which cannot hold all of these characters. Use only characters it has.`,
  );
}

/** A model that saw the byte-order mark may copy it; the mark is not part of the text. */
function unmarked(edit: TextEdit, bom: boolean): TextEdit {
  if (!bom || !edit.old.startsWith('\ufeff')) return edit;
  return { ...edit, old: edit.old.slice(1), new: edit.new.replace(/^\ufeff/, '') };
}

function refusal(input: EditInput, why: string, number: number | undefined): CapstanError {
  const which = number === undefined ? '' : `Edit ${number}: `;
  return new CapstanError('tool_failed', `${input.path} was not changed. ${which}${why}`, { where: input.path });
}
