import { isCapstanError } from '@capstan/sdk/contract';
import { startProcess } from '../shell/spawn.ts';
import { isIgnoredPath } from '../worktree/walk.ts';
import { comparePaths } from './search-files.ts';
import type { FileMatches, FoundLine, Search, SearchResult } from './search-files.ts';

const maxOutputBytes = 4 << 20;

let program: Promise<string | undefined> | undefined;

/** Finds the ripgrep that came with the package; `undefined` where it has none. */
export function findRipgrep(): Promise<string | undefined> {
  program ??= import('@vscode/ripgrep').then(
    ({ rgPath }) => rgPath,
    () => undefined,
  );
  return program;
}

/**
 * Searches with ripgrep.
 *
 * @param pattern In its own syntax.
 * @returns `undefined` when it cannot read the pattern or does not start, so that another engine has to search.
 */
export async function searchWithRipgrep(
  rg: string,
  { pattern, names }: { readonly pattern: string; readonly names: string | undefined },
  search: Search,
): Promise<SearchResult | undefined> {
  const fast = await run([rg, ...words(search, names), '-e', pattern, '--', search.from], search);
  if (fast === 'failed') return undefined;
  const text =
    fast === 'long'
      ? await run([rg, '--sort=path', ...words(search, names), '-e', pattern, '--', search.from], search)
      : fast;
  return text === 'failed' ? undefined : result(text === 'long' ? '' : text, search);
}

function words({ root, from, context }: Search, names: string | undefined): string[] {
  const own = ['--no-config', '--hidden', '--no-require-git', '--no-ignore-global', '--glob=!.git', '--glob=!.capstan'];
  const output = [
    '--null',
    '--line-number',
    '--with-filename',
    '--no-heading',
    '--color=never',
    '--no-messages',
    '--crlf',
  ];
  const only = names === undefined ? [] : [`--type-add=wanted:${names}`, '--type=wanted'];
  const whole = isIgnoredPath(root, from) ? ['--no-ignore'] : [];
  return [...own, ...whole, ...output, ...only, ...(context > 0 ? [`--context=${context}`] : [])];
}

/** Gives the output, at most as much of it as a sorted search needs; `long` when an unsorted one has more. */
async function run(argv: [string, ...string[]], { root, limit, context, signal }: Search): Promise<string> {
  const sorted = argv.includes('--sort=path');
  const chunks: Buffer[] = [];
  let bytes = 0;
  let lines = 0;
  const enough = new AbortController();
  const stop = AbortSignal.any([signal, enough.signal]);
  try {
    const job = await startProcess({
      argv,
      cwd: root,
      env: {},
      output: 'separate',
      single: true,
      onOutput(chunk, from) {
        if (from === 'stderr') return;
        chunks.push(chunk);
        bytes += chunk.length;
        if (sorted) for (const byte of chunk) if (byte === 10) lines++;
        if (sorted ? lines > (limit + 1) * (2 * context + 2) : bytes > maxOutputBytes) enough.abort();
      },
      signal: stop,
    });
    const { exitCode } = await job.ended;
    signal.throwIfAborted();
    if (enough.signal.aborted) return sorted ? Buffer.concat(chunks).toString('utf8') : 'long';
    return exitCode === 0 || exitCode === 1 ? Buffer.concat(chunks).toString('utf8') : 'failed';
  } catch (error) {
    if (isCapstanError(error) && !signal.aborted) return 'failed';
    throw error;
  }
}

/** Reads `path NUL number : text`, with `-` for `:` around a match. */
function result(output: string, { limit, matches }: Search): SearchResult {
  const byPath = new Map<string, FoundLine[]>();
  for (const line of output.split('\n')) {
    const end = line.indexOf('\0');
    const [, number, mark, text = ''] = /^(\d+)([:-])(.*)$/s.exec(line.slice(end + 1)) ?? [];
    if (end === -1 || number === undefined) continue;
    const path = line.slice(0, end).replace(/^\.\//, '').replaceAll('\\', '/');
    const lines = byPath.get(path) ?? [];
    byPath.set(path, lines);
    lines.push({ number: Number(number), text: text.replace(/\r$/, ''), match: mark === ':' });
  }
  return limited(
    [...byPath].filter(([path]) => matches(path)),
    limit,
  );
}

function limited(found: readonly (readonly [string, readonly FoundLine[]])[], limit: number): SearchResult {
  const files: FileMatches[] = [];
  let left = limit;
  for (const [path, lines] of found.toSorted(([one], [other]) => comparePaths(one, other))) {
    const end = lines.findIndex((line) => line.match && left-- <= 0);
    const kept = end === -1 ? lines : lines.slice(0, end);
    if (kept.some((line) => line.match)) files.push({ path, lines: kept });
    if (end !== -1 || left <= 0) return { files, cut: true };
  }
  return { files, cut: false };
}
