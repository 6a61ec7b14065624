import { CapstanError } from '@capstan/sdk/contract';

/** A regular expression that both engines read alike. */
export interface SearchPattern {
  /** For ripgrep; undefined when it uses what only JavaScript has, such as look-around. */
  readonly rust: string | undefined;
  readonly javascript: RegExp;
}

const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
const boundary = `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`;
const inside = `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`;

/** What a Unicode-aware engine means by the classes that JavaScript keeps to ASCII. */
const classes: Readonly<Record<string, string>> = { w: word, d: '\\p{Nd}', s: '\\s' };

/**
 * Reads a regular expression as models write it. Braces that count nothing are literal.
 *
 * @throws {CapstanError} `tool_failed` when it is none.
 */
export function searchPattern(
  pattern: string,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): SearchPattern {
  const [, flags = '', body = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  const literal = literalBraces(body);
  const fold = ignoreCase || flags.includes('i');
  const javascript = compile(toJavaScript(literal), `u${fold ? 'i' : ''}${flags.includes('s') ? 's' : ''}`, pattern);
  const special = /\(\?<?[=!]|\\[1-9]|\\k</.test(literal);
  return { javascript, rust: special ? undefined : `${fold ? '(?i)' : ''}${toRust(literal)}` };
}

function compile(source: string, flags: string, pattern: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /s, '') : String(error);
    throw new CapstanError(
      'tool_failed',
      `"${pattern}" is no regular expression: ${why}. Put a backslash before characters meant literally.`,
    );
  }
}

/** Escapes braces that are no repetition, as in `interface {`. */
function literalBraces(pattern: string): string {
  return pattern.replace(/\\[pPuxk]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[{}]/gsu, (piece) =>
    piece === '{' || piece === '}' ? `\\${piece}` : piece,
  );
}

/** Ranges of the POSIX classes, which are ASCII. */
const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const piece = /\\[pPuxk]\{[^}]*\}|\\(.)|\[:(\w+):\]|[[\]]/gsu;

interface Writer {
  readonly escape: (letter: string, inClass: boolean) => string;
  readonly named: (whole: string, name: string) => string;
}

/** Rewrites a pattern escape by escape; a bracket inside a class is literal, unless it opens a POSIX class. */
function rewrite(pattern: string, { escape, named }: Writer): string {
  let inClass = false;
  return pattern.replace(piece, (whole, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return escape(escaped, inClass);
    if (name !== undefined && inClass) return named(whole, name);
    if (whole === '[' && inClass) return '\\[';
    if (whole === '[' || whole === ']') inClass = whole === '[';
    else if (name !== undefined) inClass = false;
    return whole;
  });
}

/** Rewrites the shorthand classes, so that letters of all scripts count, and escapes that JavaScript does not know. */
function toJavaScript(pattern: string): string {
  return rewrite(pattern, { escape: escapeForJavaScript, named: (whole, name) => posix[name] ?? whole });
}

function escapeForJavaScript(letter: string, inClass: boolean): string {
  const set = classes[letter];
  if (set) return inClass ? set : `[${set}]`;
  const negated = classes[letter.toLowerCase()];
  if (negated && !inClass) return `[^${negated}]`;
  if (letter === 'b' && !inClass) return boundary;
  if (letter === 'B' && !inClass) return inside;
  if (letter === 'A' && !inClass) return '^';
  if (letter === 'z' && !inClass) return '$';
  if (letter === '<' && !inClass) return boundary;
  if (letter === '>' && !inClass) return boundary;
  if (/[\^$\\.*+?()[\]{}|/]/.test(letter) || (letter === '-' && inClass) || /[A-Za-z0-9]/.test(letter))
    return `\\${letter}`;
  return letter;
}

/** Rewrites escapes that only JavaScript allows. */
function toRust(pattern: string): string {
  const plain = pattern.replaceAll(/\\u\{/g, '\\x{');
  return rewrite(plain, { escape: (letter) => (letter === '/' ? '/' : `\\${letter}`), named: (whole) => whole });
}
