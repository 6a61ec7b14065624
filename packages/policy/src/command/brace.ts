const MAX_WORDS = 64;

/**
 * Expands the braces of plain text as bash does: `a{b,c}` gives `ab`, `ac`; `{1..3}` gives three numbers.
 *
 * @returns `undefined` when it would give more than 64 words or is not plain.
 */
export function expandBraces(text: string): readonly string[] | undefined {
  if (/["'`$\\~]/.test(text)) return undefined;
  return expand(text);
}

function expand(text: string): readonly string[] | undefined {
  const found = firstBrace(text);
  if (!found) return [text];
  const middles = found.items.length > 1 ? alternatives(found.items) : sequence(found.items[0] ?? '');
  const tails = expand(text.slice(found.end + 1));
  if (!tails) return undefined;
  const head = text.slice(0, found.start);
  // A brace that is none stays as it is, and what is inside it is still looked at.
  if (middles === 'literal') return combine([`${head}{`], expand(text.slice(found.start + 1)) ?? []);
  return (
    middles &&
    combine(
      middles.map((middle) => head + middle),
      tails,
    )
  );
}

function combine(heads: readonly string[], tails: readonly string[]): readonly string[] | undefined {
  if (heads.length * tails.length > MAX_WORDS || tails.length === 0) return undefined;
  return heads.flatMap((head) => tails.map((tail) => head + tail));
}

function alternatives(items: readonly string[]): readonly string[] | undefined {
  const words: string[] = [];
  for (const item of items) {
    const expanded = expand(item);
    if (!expanded) return undefined;
    words.push(...expanded);
  }
  return words.length > MAX_WORDS ? undefined : words;
}

function sequence(item: string): readonly string[] | 'literal' | undefined {
  const found = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(item);
  if (!found) return 'literal';
  const [, from = '', to = '', by] = found;
  if (/^[a-zA-Z]$/.test(from) !== /^[a-zA-Z]$/.test(to)) return 'literal';
  const letters = /^[a-zA-Z]$/.test(from);
  const value = (end: string): number => (letters ? end.charCodeAt(0) : Number(end));
  const padded = /^-?0\d/.test(from) || /^-?0\d/.test(to);
  const step = Math.max(1, Math.abs(Number(by ?? 1)));
  const [first, last] = [value(from), value(to)];
  // Letters across both cases pass through punctuation; that and padding are left for when it runs.
  if (padded || (letters && first < 97 !== last < 97) || Math.abs(last - first) / step >= MAX_WORDS) return undefined;
  const count = Math.floor(Math.abs(last - first) / step) + 1;
  const sign = last < first ? -1 : 1;
  return Array.from({ length: count }, (_, index) => {
    const at = first + sign * step * index;
    return letters ? String.fromCharCode(at) : String(at);
  });
}

function firstBrace(
  text: string,
): { readonly start: number; readonly end: number; readonly items: string[] } | undefined {
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    const items: string[] = [];
    let depth = 0;
    let from = start + 1;
    for (let at = start + 1; at < text.length; at += 1) {
      const letter = text[at];
      if (letter === '{') depth += 1;
      else if (letter === '}' && depth > 0) depth -= 1;
      else if (letter === ',' && depth === 0) {
        items.push(text.slice(from, at));
        from = at + 1;
      } else if (letter === '}') {
        items.push(text.slice(from, at));
        if (items.length > 1 || /\.\./.test(items[0] ?? '')) return { start, end: at, items };
        break;
      }
    }
  }
  return undefined;
}
