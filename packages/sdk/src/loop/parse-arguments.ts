/** Arguments as an object, or why they are not. */
export type ParsedArguments =
  | { readonly value: { readonly [key: string]: unknown }; readonly repaired: boolean; readonly problem?: undefined }
  | { readonly problem: string };

/**
 * Parses the JSON a model wrote as arguments, mending what has only one reading: code fences, trailing commas, comments,
 * other quotes, raw line breaks in strings, Python literals, missing closing brackets, JSON inside a JSON string.
 *
 * Never guesses: text that ends inside a string, quotes that may or may not end one, and anything cut at the output
 * limit are refused with what is wrong and where.
 *
 * @param cut True when the model met its output limit while writing.
 */
export async function parseArguments(json: string, cut = false): Promise<ParsedArguments> {
  if (json.trim() === '') return cut ? { problem: 'The arguments were cut at the output limit.' } : done({}, false);
  const strict = tryParse(json);
  if (strict !== undefined) return unwrap(strict, false);
  if (cut) return { problem: 'The arguments were cut at the output limit. Send a smaller call.' };
  const bare = withoutFence(json);
  const doubt = ambiguity(bare);
  if (doubt) return { problem: doubt };
  const { jsonrepair } = await import('jsonrepair');
  try {
    return unwrap(JSON.parse(jsonrepair(bare)) as unknown, true);
  } catch (error) {
    return { problem: `The arguments are not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unwrap(value: unknown, repaired: boolean): ParsedArguments {
  const inner = typeof value === 'string' ? tryParse(value) : value;
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
    return done(inner as { [key: string]: unknown }, repaired || inner !== value);
  }
  if (inner === null && value === null) return done({}, true);
  return {
    problem: `The arguments must be a JSON object, but are ${Array.isArray(inner) ? 'an array' : typeof value}.`,
  };
}

function done(value: { readonly [key: string]: unknown }, repaired: boolean): ParsedArguments {
  return { value, repaired };
}

function withoutFence(text: string): string {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(text);
  return fenced?.[1] ?? text;
}

/** Finds what could be read in two ways; the rest is safe to mend. */
function ambiguity(text: string): string | undefined {
  const open: string[] = [];
  let before = '';
  let last = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (/\s/.test(char)) continue;
    [before, last] = [last, char];
    if (char === '{' || char === '[') open.push(char);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"' || char === "'") {
      const end = closingQuote(text, i);
      if (end === undefined) return `The arguments end inside the string that starts at character ${i}.`;
      if (!/^\s*(?:[,:}\]]|\/[/*]|$)/.test(text.slice(end + 1, end + 200))) return unescapedQuote(text, i, end);
      i = end;
    }
  }
  if (open.length === 0 || endsAValue(text.trimEnd(), before, open.at(-1))) return undefined;
  return 'The arguments end before they are complete.';
}

function closingQuote(text: string, from: number): number | undefined {
  const quote = text.charAt(from);
  for (let i = from + 1; i < text.length; i++) {
    if (text.charAt(i) === '\\') i++;
    else if (text.charAt(i) === quote) return i;
  }
  return undefined;
}

function unescapedQuote(text: string, start: number, at: number): string {
  const near = JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));
  return `The arguments have an unescaped ${text.charAt(at)} inside the string that starts at character ${start}: near ${near}. Escape it.`;
}

/** Whether text whose brackets are open ends with a surely whole value, so that only the brackets are missing. */
function endsAValue(text: string, before: string, container: string | undefined): boolean {
  if (/["']$/.test(text)) return container === '[' || before === ':';
  return /(?:[}\]]|[:,[\s](?:true|false|null|True|False|None))$/.test(text);
}
