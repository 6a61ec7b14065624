import { expandBraces } from '../command/brace.ts';

/**
 * Gives paths that a glob matches, as examples: one for each way through its braces.
 *
 * `**` at the start is left out, so a sample of `**` + `/.env` is `.env`.
 */
export function globSamples(glob: string): readonly string[] {
  const known = samples.get(glob);
  if (known) return known;
  const plain = glob
    .replace(/^\/?(?:\*\*\/)+/, '')
    .replace(/\/\*\*$/, '/x')
    .replace(/\*\*\//g, '');
  const made = (expandBraces(plain) ?? [plain]).map((text) =>
    text
      .replace(/[!@+*?]\([^)]*\)/g, 'x')
      .replace(/\*+/g, 'x')
      .replace(/\?/g, 'x')
      .replace(/\[[^\]]*\]/g, 'x'),
  );
  if (samples.size > 5_000) samples.clear();
  samples.set(glob, made);
  return made;
}

const samples = new Map<string, readonly string[]>();
