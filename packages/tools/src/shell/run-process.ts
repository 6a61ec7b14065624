import { outputDecoder } from './decode-output.ts';
import type { ProcessEnd, ProcessOptions } from './process-options.ts';
import { startProcess } from './spawn.ts';

export interface RunProcessOptions extends Omit<ProcessOptions, 'output' | 'onOutput'> {
  /** UTF-8 bytes kept of each output; the rest is read and dropped. Default 8 MiB. */
  readonly maxBytes?: number;
  readonly onOutput?: ProcessOptions['onOutput'];
}

/** What a process said and how it ended. */
export interface ProcessResult extends ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** At least one output was longer than what is kept. */
  readonly cut: boolean;
}

/** Runs a process to its end and gives both its outputs. Throws as `startProcess` does. */
export async function runProcess({
  maxBytes = 8 << 20,
  onOutput,
  ...options
}: RunProcessOptions): Promise<ProcessResult> {
  const streams = { stdout: firstBytes(maxBytes), stderr: firstBytes(maxBytes) };
  const job = await startProcess({
    ...options,
    output: 'separate',
    onOutput(chunk, from) {
      streams[from].push(chunk);
      onOutput?.(chunk, from);
    },
  });
  const end = await job.ended;
  return {
    ...end,
    stdout: streams.stdout.text(),
    stderr: streams.stderr.text(),
    cut: streams.stdout.cut() || streams.stderr.cut(),
  };
}

function firstBytes(maxBytes: number) {
  const decoder = outputDecoder();
  let text = '';
  let bytes = 0;
  return {
    push(chunk: Buffer): void {
      const room = Math.max(0, maxBytes - bytes);
      bytes += chunk.length;
      if (room > 0) text += decoder.push(chunk.subarray(0, room));
    },
    text: () => text + decoder.end(),
    cut: () => bytes > maxBytes,
  };
}
