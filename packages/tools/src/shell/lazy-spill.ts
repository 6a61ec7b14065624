import type { OutputText, Spill } from './kept-output.ts';
import { openOutputFile, type OutputFile } from './output-file.ts';

/** Bytes of output after which the file of a command gets no more. */
export const maxSpillBytes = 64 << 20;

/** A file that comes into being with the first text written to it. */
export interface LazySpill extends Spill {
  close(): void;
  path(): string | undefined;
  /** Why nothing, or not all, could be kept. */
  failure(): string | undefined;
}

/** Makes a spill below a root. A disk that is full must not cost the result of a command that has run. */
export function lazySpill(root: string): LazySpill {
  let file: OutputFile | undefined;
  let failure: string | undefined;
  return {
    write(text) {
      if (failure !== undefined) return;
      try {
        file ??= openOutputFile(root);
        file.write(text);
      } catch (error) {
        failure = `It could not be kept: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    close: () => file?.close(),
    path: () => file?.path,
    failure: () => failure,
  };
}

/** Puts head and tail of an output together, with a note of what lies between and how to read it. */
export function printOutput({ head, tail, omitted, spillCut }: OutputText, spill: LazySpill): string {
  if (!omitted) return head;
  const { fromLine, lines, bytes } = omitted;
  const size = lines === undefined ? `${bytes} bytes` : `${lines} lines (${bytes} bytes)`;
  const place = spillCut
    ? `The first ${maxSpillBytes >> 20} MiB are in ${spill.path()}`
    : `The whole output is in ${spill.path()}`;
  const where = spill.failure() ?? `${place}: read it with offset ${fromLine}, or grep it.`;
  return `${head}${head.endsWith('\n') ? '' : '\n'}[… ${size} left out here. ${where} …]\n${tail}`;
}
