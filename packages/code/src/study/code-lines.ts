import { languageOf, type Language } from '../parse/language.ts';
import { textSpans, type Span } from '../parse/text-spans.ts';

/** A text as its compiler sees it. */
export interface CodeLines {
  /** Lines without comments, none blank; texts within are spelt on one line. */
  readonly lines: readonly string[];
  readonly broken: boolean;
}

/** Gives the lines of a file that are code; of prose none. */
export function codeLines(path: string, text: string): CodeLines {
  const language = languageOf(path);
  if (language) return sourceLines(path, text.replaceAll('\r\n', '\n'), language);
  if (/\.(md|mdx|rst|txt|adoc)$/i.test(path)) return { lines: [], broken: false };
  return { lines: withoutCommentLines(path, text), broken: false };
}

function sourceLines(path: string, text: string, language: Language): CodeLines {
  const { comments, strings, broken } = textSpans(path, text, language);
  const plain = comments.filter((span) => !speaksToTools(text.slice(span.start, span.end), language));
  const free = language === 'go' ? plain.filter(({ start }) => start >= endOfForeignCode(text)) : plain;
  const marked = [
    ...free.map((span) => ({ ...span, put: text.slice(span.start, span.end).includes('\n') ? '\n' : '' })),
    ...strings.map((span) => ({ ...span, put: JSON.stringify(text.slice(span.start, span.end)) })),
  ];
  return { lines: solidLines(replaced(text, marked)), broken };
}

function replaced(text: string, spans: readonly (Span & { readonly put: string })[]): string {
  let [made, at] = ['', 0];
  for (const { start, end, put } of spans.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    if (start < at) continue;
    made += text.slice(at, start) + put;
    at = end;
  }
  return made + text.slice(at);
}

function solidLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

const licence = /\bSPDX-|@license\b|@preserve\b|\bcopyright\b/i;

const directives: Readonly<Record<'script' | 'python' | 'go', RegExp>> = {
  script:
    /^\/[/*]+!?\s*(?:@ts-|@jsx|@jest|@vitest|@vite|@flow|[#@]__|[#@] source|eslint|oxlint|biome|prettier|tslint|istanbul|c8 |v8 |webpack|global |<(?:reference|amd))/,
  python:
    /^#(?:!|\s*(?:type:|noqa|nosec|pragma|pylint|mypy|pyright|ruff|fmt:|isort|yapf|flake8|cython:|-\*-|\S*coding[:=]|vim?:))/,
  go: /^\/[/*](?:go:|line |export |nolint|lint:|\s*\+build|\s*Code generated|\s*#cgo)/,
};

/** Tells whether a comment means something to a compiler, a linter or a lawyer. */
function speaksToTools(comment: string, language: Language): boolean {
  const family = language === 'python' || language === 'go' ? language : 'script';
  return directives[family].test(comment) || licence.test(comment);
}

/** Comments above `import "C"` are C. */
function endOfForeignCode(text: string): number {
  return /^import\s+"C"/m.exec(text)?.index ?? 0;
}

const hashFamily =
  /\.(sh|bash|zsh|fish|rb|pl|pm|r|jl|ex|exs|nim|tf|ya?ml|toml|cmake|mk)$|(^|\/)(makefile|dockerfile)$/i;

/** For languages without a grammar here: what stands beside code on a line stays. */
function withoutCommentLines(path: string, text: string): string[] {
  const lines = solidLines(text.replaceAll('\r\n', '\n'));
  if (hashFamily.test(path))
    return lines.filter((line, at) => !/^\s*#/.test(line) || (at === 0 && line.startsWith('#!')));
  if (/\.(lua|hs|sql)$/i.test(path)) return lines.filter((line) => !/^\s*--/.test(line));
  const kept: string[] = [];
  let inside = false;
  for (const line of lines) {
    const opens = !inside && /^\s*\/\*/.test(line);
    if (opens || inside) {
      const close = line.indexOf('*/', opens ? line.indexOf('/*') + 2 : 0);
      inside = close < 0;
      if (close >= 0 && line.slice(close + 2).trim() !== '') kept.push(line);
    } else if (!/^\s*\/\//.test(line)) kept.push(line);
  }
  return kept;
}
