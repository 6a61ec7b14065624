import type { FailureHint, Suspect } from '@capstan/code';
import { plainText } from '../../render/plain-text.ts';

const maxFrames = 4;
const maxReasons = 2;

/** Shows a failure to people and models: where, what, through which lines, and which file is likely to blame. */
export function hintLines({ failure, says, advice, suspects }: FailureHint, { most = 3 } = {}): string[] {
  const place =
    failure.file === undefined ? '' : `${failure.file}${failure.line === undefined ? '' : `:${failure.line}`}  `;
  const frames = failure.frames
    .filter(({ file, line }) => file !== failure.file || line !== failure.line)
    .slice(0, maxFrames);
  const through = frames.map(({ file, line, name }) => `${file}:${line}${name === undefined ? '' : ` ${name}`}`);
  return [
    plainText(`FAIL ${place}${failure.name}`),
    plainText(`  ${says}`),
    ...(through.length === 0 ? [] : [plainText(`  through ${through.join(' ← ')}`)]),
    ...(advice === undefined ? [] : [plainText(`  ${advice}`)]),
    ...suspects.slice(0, most).map((suspect) => plainText(`  look at ${suspectText(suspect)}`)),
  ];
}

/** Shows a suspect in a line: where, how sure, and why. */
export function suspectText({ path, line, symbol, confidence, reasons }: Suspect): string {
  const where = `${path}${line === undefined ? '' : `:${line}`}${symbol === undefined ? '' : ` (${symbol})`}`;
  return `${where}  ${Math.round(confidence * 100)} %: ${reasons.slice(0, maxReasons).join('; ')}`;
}
