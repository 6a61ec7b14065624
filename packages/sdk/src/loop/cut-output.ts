import type { ResultPart } from '../contract/message.ts';
import type { ToolOutput } from '../contract/tool.ts';
import type { KeptOutputs } from './kept-outputs.ts';
import { toolParts } from './tool-parts.ts';

const defaultMaxBytes = 32_768;

/** Makes result parts of what a tool gave, its text cut to what a model can read, the whole kept on disk. */
export async function cutOutput(
  output: ToolOutput,
  kept: KeptOutputs,
  maxBytes = defaultMaxBytes,
): Promise<readonly ResultPart[]> {
  const parts = toolParts(output);
  const total = parts.reduce((sum, part) => sum + (part.type === 'text' ? Buffer.byteLength(part.text) : 0), 0);
  if (total <= maxBytes) return parts;
  const share = (part: ResultPart) =>
    part.type === 'text' ? Math.floor((Buffer.byteLength(part.text) / total) * maxBytes) : 0;
  return Promise.all(parts.map(async (part) => (part.type === 'text' ? cutText(part.text, share(part), kept) : part)));
}

async function cutText(text: string, maxBytes: number, kept: KeptOutputs): Promise<ResultPart> {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return { type: 'text', text };
  const head = wholeLinesFrom(bytes, Math.floor(maxBytes * 0.6));
  const tail = wholeLinesTo(bytes, bytes.length - Math.floor(maxBytes * 0.4));
  const id = await kept.keep(text);
  const note = `\n[${tail - head} of ${bytes.length} bytes are left out here. Read them with read_output, id "${id}", offset ${head}.]\n`;
  return { type: 'text', text: bytes.toString('utf8', 0, head) + note + bytes.toString('utf8', tail) };
}

/** The end of the last whole line before a byte, or of the last whole character when the line is very long. */
function wholeLinesFrom(bytes: Buffer, at: number): number {
  const line = bytes.lastIndexOf(10, at - 1) + 1;
  return line > at / 2 ? line : characterStart(bytes, at);
}

function wholeLinesTo(bytes: Buffer, at: number): number {
  const line = bytes.indexOf(10, at) + 1;
  return line > 0 && line < at + (bytes.length - at) / 2 ? line : characterStart(bytes, at);
}

function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}
