import { stat } from 'node:fs/promises';
import type { ResultPart, Tool, ToolContext } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { readEffect, resolveJudged } from './effects.ts';
import type { FileTools } from './file-tools.ts';
import { decodeText, wellFormed } from './text-encoding.ts';

interface ReadInput {
  readonly path: string;
  readonly offset?: number;
  readonly limit?: number;
}

const maxLines = 2_000;
const maxLineChars = 2_000;
const maxChars = 60_000;
const maxFileBytes = 64 << 20;
// Vendors refuse larger images; base64 adds a third.
const maxMediaBytes = 8 << 20;

/** Makes the `read` tool. */
export function readTool(tools: FileTools): Tool {
  const tool: Tool<ReadInput> = {
    name: 'read',
    description:
      'Reads a file. Gives its text exactly as it is, without line numbers; images and PDFs are shown. ' +
      `At most ${maxLines} lines a call: read on with offset.`,
    input: {
      type: 'object',
      properties: {
        path: { type: 'string', minLength: 1, description: 'File, relative to the root of the work tree.' },
        offset: { type: 'integer', minimum: 1, description: 'First line to give, from 1. Default 1.' },
        limit: { type: 'integer', minimum: 1, description: `Most lines to give. Default ${maxLines}.` },
      },
      required: ['path'],
    },
    effects: async (input) => [await readEffect(tools.worktree, input, input.path)],
    execute: (input, context) => readPath(tools, input, context),
  };
  return tool as Tool;
}

async function readPath({ worktree, seen }: FileTools, input: ReadInput, context: ToolContext) {
  const absolute = await resolveJudged(worktree, input, input.path);
  const { size } = await stat(absolute).catch(() => ({ size: 0 }));
  if (size > maxFileBytes) throw tooLarge(input.path, size);
  const file = await worktree.read(absolute);
  seen.note(context.sessionId, file.absolute, file.hash);
  const media = mediaType(file.bytes);
  if (media && file.bytes.length > maxMediaBytes) throw tooLarge(input.path, file.bytes.length);
  if (media) return [mediaPart(media, file.bytes, file.path)];
  const decoded = decodeText(file.bytes);
  if (!decoded) {
    throw new CapstanError(
      'tool_failed',
      `${input.path} is binary (${file.bytes.length} bytes), so there is no text to read. Use a program that knows its format.`,
    );
  }
  if (decoded.text === '') return '[the file is empty]';
  return page(wellFormed(decoded.text), input);
}

function tooLarge(path: string, size: number): CapstanError {
  const mebibytes = `${(size / (1 << 20)).toFixed(1)} MiB`;
  return new CapstanError(
    'tool_failed',
    `${path} has ${mebibytes}, too much to read. Use grep, or shell with head, tail or a converter.`,
  );
}

function page(text: string, { offset = 1, limit = maxLines }: ReadInput): string {
  const lines = text.split(text.includes('\n') ? '\n' : '\r');
  if (lines.at(-1) === '') lines.pop();
  if (offset > lines.length) {
    throw new CapstanError('tool_failed', `The file has ${lines.length} lines, so there is no line ${offset}.`);
  }
  const shown: string[] = [];
  let chars = 0;
  for (const line of lines.slice(offset - 1, offset - 1 + Math.min(limit, maxLines))) {
    const cut = cutLine(line);
    if (shown.length > 0 && chars + cut.length > maxChars) break;
    chars += cut.length + 1;
    shown.push(cut);
  }
  const end = offset + shown.length - 1;
  const whole = offset === 1 && end === lines.length;
  if (whole) return shown.join('\n') + (text.endsWith('\n') ? '\n' : '');
  const more = end < lines.length ? `; read on with offset ${end + 1}` : '';
  return `${shown.join('\n')}\n[lines ${offset}–${end} of ${lines.length}${more}]`;
}

function cutLine(line: string): string {
  if (line.length <= maxLineChars) return line;
  return `${line.slice(0, maxLineChars)} [… ${line.length - maxLineChars} more characters in this line]`;
}

const signatures: readonly (readonly [string, readonly number[], number])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 0],
  ['image/jpeg', [0xff, 0xd8, 0xff], 0],
  ['image/gif', [0x47, 0x49, 0x46, 0x38], 0],
  ['image/webp', [0x57, 0x45, 0x42, 0x50], 8],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d], 0],
];

/** Tells the kind of image or document from its first bytes, not from its name. */
function mediaType(bytes: Buffer): string | undefined {
  const found = signatures.find(([, magic, at]) => magic.every((byte, index) => bytes[at + index] === byte));
  return found?.[0];
}

function mediaPart(mediaType: string, bytes: Buffer, name: string): ResultPart {
  const data = bytes.toString('base64');
  return mediaType.startsWith('image/') ? { type: 'image', mediaType, data } : { type: 'file', mediaType, name, data };
}
