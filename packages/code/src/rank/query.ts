import { stem, wholeOf, wordsOf } from '../parse/words.ts';

/** A query as the index looks for it. */
export interface Query {
  /** Words with their weights, 1 for one that was written. */
  readonly terms: ReadonlyMap<string, number>;
  /** Words of the part of the repository that it names in front, as in `fix(router): …` or `net/http: …`. */
  readonly scope: ReadonlySet<string>;
  /** Words written as names in code: `streamText`, `parse_url`, `--dry-run`, `pkg.Func`, paths. */
  readonly names: ReadonlySet<string>;
}

const kinds =
  /^(feat|fix|chore|docs?|refactor|perf|test|tests|build|ci|style|revert|bug|bugfix|hotfix|enhancement|feature|improve|deps?)$/i;

/** Words of requests that name no part of the code. */
const requests = new Set(
  (
    'add allow avoid correct do does dont ensure fix handl implement improv make mak minor miss should support remov ' +
    'updat us proper correctly properly also when instead pleas can could some more better issu bug problem work'
  ).split(' '),
);

/** Reads a question, a task or the subject of a commit. */
export function parseQuery(text: string): Query {
  const line = text
    .replace(/\(?#\d+\)?/g, ' ')
    .replace(/\bhttps?:\/\/\S+/g, ' ')
    .trim();
  const { scope, rest } = splitScope(line);
  const terms = new Map<string, number>();
  const add = (word: string, weight: number): void => {
    if (word.length > 1 || /\d/.test(word)) terms.set(word, Math.max(terms.get(word) ?? 0, weight));
  };
  const names = new Set<string>();
  const scopeWords = new Set(scope.flatMap(wordsIn));
  for (const word of scopeWords) add(word, 0.8);
  let before: string[] = [];
  for (const token of rest.match(/[\p{L}\p{N}_$]+(?:[-./][\p{L}\p{N}_$]+)*/gu) ?? []) {
    const words = token.split(/[-./]/).flatMap((part) => wordsOf(part));
    const inCode = /[_$./]|\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}|[-.]/u.test(token);
    for (const word of words) add(word, requests.has(word) ? 0.35 : 1);
    if (inCode) for (const word of [...words, wholeOf(token)]) names.add(word);
    if (inCode) add(wholeOf(token), 1);
    before = joinNeighbours(before, token, add);
  }
  return { terms, scope: scopeWords, names };
}

/** Adds the words of open issues and tasks; they count a little. */
export function withIssues(query: Query, issues: readonly string[]): Query {
  if (issues.length === 0) return query;
  const terms = new Map(query.terms);
  for (const issue of issues) {
    for (const [word, weight] of parseQuery(issue).terms) if (!terms.has(word)) terms.set(word, weight * 0.2);
  }
  return { ...query, terms };
}

/** Two or three words that follow one another may be one name in the code. */
function joinNeighbours(before: string[], token: string, add: (word: string, weight: number) => void): string[] {
  const word = wholeOf(token);
  const tail = [...before, word].slice(-3);
  for (let length = 2; length <= tail.length; length++) add(tail.slice(-length).join(''), 0.7);
  return tail.slice(-2);
}

interface ScopedLine {
  readonly scope: readonly string[];
  readonly rest: string;
}

function splitScope(line: string): ScopedLine {
  const [, type = '', inner, after = ''] = /^([\w-]+)\s*(?:\(([^)]*)\))?!?:\s+(.*)$/s.exec(line) ?? [];
  if (type !== '' && kinds.test(type)) return { scope: inner === undefined ? [] : [inner], rest: after };
  if (type !== '' && inner !== undefined) return { scope: [type, inner], rest: after };
  const [, path = '', behind = ''] = /^([\w*{}./,@-]+(?:, [\w*{}./-]+)*)!?:\s+(.*)$/s.exec(line) ?? [];
  if (path !== '' && path.length < 60) return { scope: [path], rest: behind };
  const [, bracket = '', body = ''] = /^\[([\w ./-]{2,40})\]:?\s+(.*)$/s.exec(line) ?? [];
  return bracket === '' ? { scope: [], rest: line } : { scope: [bracket], rest: body };
}

function wordsIn(text: string): string[] {
  const tokens = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  return tokens.flatMap((token) => wordsOf(token)).map(stem);
}
