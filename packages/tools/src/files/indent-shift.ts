/** The blanks a line starts with. */
export function indentOf(line: string): string {
  return /^[^\S\r\n]*/.exec(line)?.[0] ?? '';
}

/** Turns an indentation of one style into that of another; `undefined` when it has no counterpart. */
export type Reindent = (indent: string) => string | undefined;

/**
 * Finds how the indentation of a block differs from that of the same block in a file.
 *
 * @param pairs Indentation as given and as in the file, of each line that is not blank.
 * @returns `undefined` unless one rule explains every line: something put before, something taken away, or tabs for
 * spaces or the reverse, or so many times as many blanks.
 */
export function indentShift(pairs: readonly (readonly [string, string])[]): Reindent | undefined {
  const [first] = pairs;
  if (!first) return undefined;
  const [given, real] = first;
  if (real.endsWith(given)) {
    const extra = real.slice(0, real.length - given.length);
    if (pairs.every(([one, other]) => other === extra + one)) return (indent) => extra + indent;
  }
  if (given.endsWith(real)) {
    const extra = given.slice(0, given.length - real.length);
    if (pairs.every(([one, other]) => one === extra + other)) return (indent) => without(indent, extra);
  }
  return scaled(pairs) ?? converted(pairs);
}

function without(indent: string, extra: string): string | undefined {
  if (indent.startsWith(extra)) return indent.slice(extra.length);
  return undefined;
}

const widths = [4, 2, 8, 3, 1];

/** Tries so many times as many spaces, as when two a level were written for four. */
function scaled(pairs: readonly (readonly [string, string])[]): Reindent | undefined {
  const [one = '', other = ''] = pairs.find(([given]) => given !== '') ?? [];
  const factor = other.length / one.length;
  if (
    !(factor > 0) ||
    !pairs.every(([given, real]) => /^ *$/.test(given + real) && real.length === given.length * factor)
  ) {
    return undefined;
  }
  return (indent) => {
    const width = indent.length * factor;
    return /^ *$/.test(indent) && Number.isInteger(width) ? ' '.repeat(width) : undefined;
  };
}

/** Tries tabs for so and so many spaces, with a constant number of levels more or less. */
function converted(pairs: readonly (readonly [string, string])[]): Reindent | undefined {
  const spacesToTabs = pairs.every(([one, other]) => /^ *$/.test(one) && /^\t*$/.test(other));
  const tabsToSpaces = pairs.every(([one, other]) => /^\t*$/.test(one) && /^ *$/.test(other));
  if (!spacesToTabs && !tabsToSpaces) return undefined;
  for (const width of ownWidths(pairs)) {
    const levels = pairs.map(([one, other]) => [level(one, width), level(other, width)] as const);
    const shift = (levels[0]?.[1] ?? 0) - (levels[0]?.[0] ?? 0);
    if (!levels.every(([one, other]) => Number.isInteger(one) && Number.isInteger(other) && other - one === shift))
      continue;
    return (indent) => {
      const to = level(indent, width) + shift;
      if (!Number.isInteger(to) || to < 0) return undefined;
      return spacesToTabs ? '\t'.repeat(to) : ' '.repeat(to * width);
    };
  }
  return undefined;
}

/** Widths to try: the one that needs no shift first. */
function ownWidths(pairs: readonly (readonly [string, string])[]): number[] {
  const pair = pairs.find(([one, other]) => one !== '' && other !== '');
  if (!pair) return widths;
  const [one, other] = pair;
  const width = Math.max(one.length, other.length) / Math.min(one.length, other.length);
  return Number.isInteger(width) ? [width, ...widths] : widths;
}

function level(indent: string, width: number): number {
  return indent.startsWith('\t') ? indent.length : indent.length / width;
}
