import { CapstanError } from '@capstan/sdk/contract';
import type { ToolContext } from '@capstan/sdk/contract';
import type { TreeFile } from '../worktree/worktree.ts';
import type { FileTools } from './file-tools.ts';
import { decodeText } from './text-encoding.ts';

/**
 * Refuses a change of a file that is not as the session last saw it, and shows the part that matters as it is now.
 *
 * The session counts as having seen the new content then, so that a repeated call goes through.
 *
 * @throws {CapstanError} `conflict`.
 */
export function refuseStale(
  { seen }: FileTools,
  file: TreeFile,
  { context, near }: { readonly context: ToolContext; readonly near: string },
): void {
  const last = seen.last(context.sessionId, file.absolute);
  if (last === undefined || last === file.hash) return;
  seen.note(context.sessionId, file.absolute, file.hash);
  const part = relevantPart(decodeText(file.bytes)?.text ?? '', near);
  throw new CapstanError(
    'conflict',
    `${file.path} has changed since you read it, so nothing was written. It is now, from line ${part.line}:\n${part.text}\nMake the change anew for this content.`,
    { where: file.path },
  );
}

const shownLines = 40;

/** The lines around the place that has most in common with a text. */
function relevantPart(text: string, near: string): { readonly line: number; readonly text: string } {
  const lines = text.split('\n');
  const wanted = new Set(
    near
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.length > 3),
  );
  const hits = lines.flatMap((line, index) => (wanted.has(line.trim()) ? [index] : []));
  const middle = hits.at(hits.length >> 1) ?? 0;
  const start = Math.max(0, Math.min(middle - shownLines / 2, lines.length - shownLines));
  return { line: start + 1, text: lines.slice(start, start + shownLines).join('\n') };
}
