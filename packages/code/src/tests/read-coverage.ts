import { isRecord } from '../index/config-files.ts';
import type { Coverage, FileCoverage } from './coverage.ts';

/** Finds the file of the repository that a path of the data means; undefined for one outside. */
export type Place = (path: string) => string | undefined;

export interface CoverageText {
  /** Relative to the root. */
  readonly source: string;
  readonly text: string;
}

/**
 * Reads data of coverage: Istanbul's `coverage-final.json` and `coverage-summary.json`, V8's own, `lcov.info`, coverage.py's JSON and
 * XML (Cobertura), and profiles of Go. What is none of these gives nothing.
 */
export function readCoverage({ source, text }: CoverageText, place: Place): Coverage {
  const files = new Map<string, FileCoverage>();
  for (const one of piecesOf(text.trimStart(), place)) {
    const known = files.get(one.path);
    files.set(one.path, known ? { ...one, tests: [...new Set([...known.tests, ...one.tests])] } : one);
  }
  return { files, sources: files.size > 0 ? [source] : [] };
}

function piecesOf(text: string, place: Place): FileCoverage[] {
  if (text.startsWith('mode:')) return goProfile(text, place);
  if (text.startsWith('<')) return cobertura(text, place);
  if (text.startsWith('{')) return json(text, place);
  return /^(TN|SF):/m.test(text) ? lcov(text, place) : [];
}

function json(text: string, place: Place): FileCoverage[] {
  const value = parsed(text);
  if (!isRecord(value)) return [];
  if (Array.isArray(value['result'])) return v8(value['result'], place);
  if (isRecord(value['files']) && isRecord(value['meta'])) return coveragePy(value['files'], place);
  return Object.entries(value).flatMap(([path, one]) =>
    path === 'total' || !isRecord(one) ? [] : istanbul(path, one, place),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function istanbul(name: string, one: Readonly<Record<string, unknown>>, place: Place): FileCoverage[] {
  const path = place(typeof one['path'] === 'string' ? one['path'] : name);
  if (path === undefined) return [];
  const lines = one['lines'];
  if (isRecord(lines) && typeof lines['total'] === 'number' && typeof lines['covered'] === 'number')
    return [{ path, covered: lines['covered'], total: lines['total'], tests: [] }];
  const counts = isRecord(one['s']) ? Object.values(one['s']) : [];
  return counts.length === 0
    ? []
    : [{ path, covered: counts.filter((count) => Number(count) > 0).length, total: counts.length, tests: [] }];
}

/** One process of Node: what it ran was run by the test files that it loaded. */
function v8(scripts: readonly unknown[], place: Place): FileCoverage[] {
  const run = scripts.flatMap((script) => {
    if (!isRecord(script) || typeof script['url'] !== 'string' || !Array.isArray(script['functions'])) return [];
    const path = script['url'].startsWith('file:') ? place(script['url']) : undefined;
    return path === undefined ? [] : [{ path, ...functionsRun(script['functions']) }];
  });
  return run.map((one) => ({ ...one, tests: run.filter(({ path }) => path !== one.path).map(({ path }) => path) }));
}

/** The module's own body always runs when it is loaded, so functions tell more where there are any. */
function functionsRun(functions: readonly unknown[]): { covered: number; total: number } {
  const counts = functions.flatMap((one) => {
    const ranges = isRecord(one) && Array.isArray(one['ranges']) ? one['ranges'] : [];
    const [first] = ranges as readonly unknown[];
    return isRecord(first) && typeof first['count'] === 'number' ? [first['count']] : [];
  });
  const own = counts.length > 1 ? counts.slice(1) : counts;
  return { covered: own.filter((count) => count > 0).length, total: own.length };
}

function lcov(text: string, place: Place): FileCoverage[] {
  const found: FileCoverage[] = [];
  for (const part of text.split(/^end_of_record\s*$/m)) {
    const path = place(/^SF:(.+)$/m.exec(part)?.[1]?.trim() ?? '');
    if (path === undefined) continue;
    const hits = [...part.matchAll(/^DA:\d+,(\d+)/gm)].map(([, count]) => Number(count));
    const test = /^TN:(.+)$/m.exec(part)?.[1]?.trim();
    const named = test === undefined ? undefined : place(test);
    found.push({
      path,
      covered: hits.filter((count) => count > 0).length,
      total: hits.length,
      tests: named === undefined ? [] : [named],
    });
  }
  return found;
}

/** Contexts name the tests that ran a line, when they were kept and exported: `tests/test_a.py::test_b|run`. */
function coveragePy(files: Readonly<Record<string, unknown>>, place: Place): FileCoverage[] {
  return Object.entries(files).flatMap(([name, one]) => {
    const path = place(name);
    if (path === undefined || !isRecord(one)) return [];
    const executed = Array.isArray(one['executed_lines']) ? one['executed_lines'].length : 0;
    const missing = Array.isArray(one['missing_lines']) ? one['missing_lines'].length : 0;
    const contexts = isRecord(one['contexts']) ? Object.values(one['contexts']).flat() : [];
    const tests = contexts.flatMap((context) =>
      typeof context === 'string' ? (testOfContext(context, place) ?? []) : [],
    );
    return [{ path, covered: executed, total: executed + missing, tests: [...new Set(tests)] }];
  });
}

function testOfContext(context: string, place: Place): string | undefined {
  const [file = ''] = context.split('::');
  if (context.includes('::')) return place(file);
  // Without pytest a context is the dotted name of the function.
  const parts = context.split('|')[0]?.split('.') ?? [];
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const found = place(`${parts.slice(0, length).join('/')}.py`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function cobertura(text: string, place: Place): FileCoverage[] {
  const sources = [...text.matchAll(/<source>([^<]*)<\/source>/g)]
    .map(([, folder = '']) => folder.trim())
    .filter(Boolean);
  return [...text.matchAll(/<class\b[^>]*\bfilename="([^"]+)"[^>]*>([\s\S]*?)<\/class>/g)].flatMap(
    ([, name = '', body = '']) => {
      const plain = name.replaceAll('&amp;', '&');
      const path = [...sources.map((folder) => `${folder.replace(/\/$/, '')}/${plain}`), plain]
        .map(place)
        .find((one) => one !== undefined);
      const hits = [...body.matchAll(/<line\b[^>]*\bhits="(\d+)"/g)].map(([, count]) => Number(count));
      return path === undefined
        ? []
        : [{ path, covered: hits.filter((count) => count > 0).length, total: hits.length, tests: [] }];
    },
  );
}

/** `example.com/queue/store.go:12.30,14.2 1 1`: a block, its statements, and how often it ran. */
function goProfile(text: string, place: Place): FileCoverage[] {
  const counts = new Map<string, { covered: number; total: number }>();
  const places = new Map<string, string | undefined>();
  for (const [, name = '', statements, count] of text.matchAll(/^(\S+\.go):[\d.]+,[\d.]+ (\d+) (\d+)$/gm)) {
    if (!places.has(name)) places.set(name, place(name));
    const path = places.get(name);
    if (path === undefined) continue;
    const known = counts.get(path) ?? { covered: 0, total: 0 };
    counts.set(path, {
      covered: known.covered + (Number(count) > 0 ? Number(statements) : 0),
      total: known.total + Number(statements),
    });
  }
  return [...counts].map(([path, one]) => ({ path, ...one, tests: [] }));
}
