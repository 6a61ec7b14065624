import type { SourceFile } from './source-file.ts';

const words = ['item', 'entry', 'element', 'one', 'each'];

/** Gives a name for a new variable that stands nowhere in the file, not even in a comment. */
export function freshName(file: SourceFile): string {
  for (let round = 0; ; round += 1) {
    for (const word of words) {
      const name = round === 0 ? word : `${word}${round + 1}`;
      if (!new RegExp(String.raw`\b${name}\b`).test(file.text)) return name;
    }
  }
}
