import { jsonrepair } from 'jsonrepair';

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
export function parseArguments(json: string, cut = false): ParsedArguments {
  if (json.trim() === '') return cut ? { problem: 'The arguments were cut at the output limit.' } : done({}, false);
  const strict = tryParse(json);
  if (strict !== undefined) return unwrap(strict, false);
  if (cut) return { problem: 'The arguments were cut at the output limit. Send a smaller call.' };
  const bare = withoutFence(json);
  const doubt = ambiguity(bare);
  if (doubt) return { problem: doubt };
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
  let quote = '';
  let openedAt = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (!quote) {
      if (char === '"' || char === "'") [quote, openedAt] = [char, i];
      continue;
    }
    if (char === '\\') i++;
    else if (char === quote) {
      if (!/^\s*(?:[,:}\]]|\/[/*]|$)/.test(text.slice(i + 1, i + 200))) {
        return `The arguments have an unescaped ${quote} inside the string that starts at character ${openedAt}: near ${JSON.stringify(text.slice(Math.max(0, i - 20), i + 20))}. Escape it.`;
      }
      quote = '';
    }
  }
  return quote ? `The arguments end inside the string that starts at character ${openedAt}.` : undefined;
}
