/** An opportunity as `find_opportunities` tells it. */
export interface Finding {
  readonly id: string;
  readonly place: string;
  readonly risk: string;
  readonly title: string;
}

/** Reads the result of `find_opportunities`. */
export function readFindings(text: string): Finding[] {
  const found: Finding[] = [];
  const pattern = /^- id: (\S+)\n\s+(\S+:\d+(?:-\d+)?), gain \d+ of 10, risk (\w+)\n\s+([^\n]*?[.!?])(?= |\n|$)/gm;
  for (const match of text.matchAll(pattern)) {
    const [, id = '', place = '', risk = '', title = ''] = match;
    found.push({ id, place, risk, title });
  }
  return found;
}

/** Reads the patch id from the result of `apply_opportunity`. */
export function readPatchId(text: string): string | undefined {
  return /\bpatch (\w+)/.exec(text)?.[1];
}
