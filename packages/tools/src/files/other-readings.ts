interface Reading {
  readonly old: string;
  readonly new: string;
  readonly all?: boolean;
}

/** Other ways to read an edit that was not found: without line numbers, without blank lines around. */
export function* otherReadings(edit: Reading): Generator<Reading> {
  const bare = withoutNumbers(edit.old);
  if (bare !== undefined) yield { ...edit, old: bare, new: withoutNumbers(edit.new) ?? edit.new };
  const [lead = ''] = /^\n+/.exec(edit.old) ?? [];
  const [tail = ''] = /\n{2,}$/.exec(edit.old) ?? [];
  if (lead === '' && tail === '') return;
  const old = edit.old.slice(lead.length, edit.old.length - Math.max(0, tail.length - 1));
  if (old.trim() === '') return;
  yield { ...edit, old, new: trimmed(edit.new, lead.length, Math.max(0, tail.length - 1)) };
}

/** Takes line numbers away when every line has one and they follow one another. */
function withoutNumbers(text: string): string | undefined {
  const lines = text.split('\n');
  const ended = lines.at(-1) === '';
  if (ended) lines.pop();
  const parts = lines.map((line) => /^ *(\d+)(?:\t|: ?|\| ?|→)(.*)$/s.exec(line));
  const first = Number(parts[0]?.[1]);
  if (!parts.every((part, index) => part && Number(part[1]) === first + index)) return undefined;
  return parts.map((part) => part?.[2] ?? '').join('\n') + (ended ? '\n' : '');
}

/** Takes away at most so many line feeds from either end. */
function trimmed(text: string, lead: number, tail: number): string {
  const start = Math.min(lead, /^\n*/.exec(text)?.[0].length ?? 0);
  const end = Math.min(tail, /\n*$/.exec(text.slice(start))?.[0].length ?? 0);
  return text.slice(start, text.length - end);
}
