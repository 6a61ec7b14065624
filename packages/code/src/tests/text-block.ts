import type { FailureOptions, FailureSource, TestFailure } from './failure.ts';
import { framesIn } from './frames.ts';
import { valuesIn } from './values.ts';

const maxMessage = 2_000;

/** What one block of a runner's output is about. */
export interface Block {
  readonly source: FailureSource;
  readonly name: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** The words of the failure, with its stack. */
  readonly text: string;
  /** The stack has the innermost call last, as in Python. */
  readonly innermostLast?: boolean;
}

/** Makes a failure of a block: message, values and frames are told apart. */
export function failureOf(block: Block, options: FailureOptions): TestFailure {
  const text = shortened(block.text);
  const found = framesIn(text, options);
  const frames = block.innermostLast ? found.toReversed() : found;
  const file = block.file ?? frames.at(-1)?.file;
  const line = block.line ?? frames.find((frame) => frame.file === file)?.line;
  return {
    source: block.source,
    name: block.name.trim() || (file ?? 'unknown'),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    message: messageOf(text),
    ...valuesIn(text),
    frames,
  };
}

/** What a person would read of it: patterns are not let loose on megabytes. */
function shortened(text: string): string {
  return text
    .slice(0, 40_000)
    .split('\n')
    .slice(0, 400)
    .map((line) => line.slice(0, 1_500))
    .join('\n');
}

/** The words above the stack, without pieces of code and diffs. */
function messageOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const end = lines.findIndex((line) => /^\s*(at .+:\d+|❯ \S+.*:\d+:\d+|\+ expected - actual$)/.test(line));
  const words = lines.slice(0, end < 0 ? undefined : end).filter((line) => !/^\s*>?\s*\d* ?\|/.test(line));
  return (
    unindented(words)
      .replace(/\n{2,}/g, '\n')
      .trim()
      .slice(0, maxMessage) || 'failed'
  );
}

function unindented(lines: readonly string[]): string {
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const depth = Math.min(...depths, 40);
  return lines.map((line) => line.slice(depth)).join('\n');
}

/** Cuts a text into pieces that each begin with a line that a pattern matches; what stands before the first is left out. */
export function blocksOf(
  text: string,
  head: RegExp,
  end: RegExp,
): { readonly head: RegExpExecArray; readonly body: string }[] {
  const blocks: { head: RegExpExecArray; body: string[]; open: boolean }[] = [];
  for (const line of text.split('\n')) {
    const found = line.length > 2_000 ? null : head.exec(line);
    const last = blocks.at(-1);
    if (found) blocks.push({ head: found, body: [], open: true });
    else if (last?.open && end.test(line)) last.open = false;
    else if (last?.open) last.body.push(line);
  }
  return blocks.map((block) => ({ head: block.head, body: block.body.join('\n') }));
}
