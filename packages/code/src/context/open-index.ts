import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { fileKind } from '../index/file-kind.ts';
import type { PlacedSymbol } from '../index/find-symbols.ts';
import { indexStore } from '../index/index-store.ts';
import { openLiveIndex, type LiveIndex } from '../index/live-index.ts';
import { callsFrom, callsTo, definitionAt } from '../index/call-edges.ts';
import { findReferences } from '../index/references.ts';
import { relatedTests } from '../rank/related-tests.ts';
import type { CodeIndex, IndexedFile, IndexStats } from './code-index.ts';
import { knowledgeOf, type Knowledge } from './knowledge.ts';
import { packContext } from './pack-context.ts';
import { searcher } from './searcher.ts';

export interface OpenIndexOptions {
  /** Folder that the index is kept in, absolute; `false` keeps nothing. Default: `.capstan/index` below the root. */
  readonly folder?: string | false;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

/**
 * Opens the index of a repository and brings it up to date with the files: what has not changed since it was kept is
 * not read again. One that is damaged or of another version is made anew.
 *
 * @param root An existing folder; links are followed.
 * @throws {CapstanError} `not_found` when it is no folder, `aborted` through the signal.
 */
export async function openIndex(root: string, options: OpenIndexOptions = {}): Promise<CodeIndex> {
  const real = await realpath(root).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isDirectory()) {
    throw new CapstanError('not_found', `${root} is no folder. Give the path of an existing one.`, { where: root });
  }
  const { folder = join(real, '.capstan', 'index'), now = Date.now, signal } = options;
  const store = folder === false ? undefined : indexStore(folder, now);
  const live = await openLiveIndex(real, { store, now, signal });
  const saving = savedLater(live);
  saving.soon();
  const known = knowledgeOf(live);
  const { search, repoMap, companions } = searcher(known, store);
  return {
    root: real,
    stats: () => statsOf(known()),
    files: () => [...live.files.keys()].flatMap((path) => fileOf(live, path) ?? []),
    file: (path) => fileOf(live, path),
    skipped: () => [...live.files.values()].flatMap(({ path, skipped: reason }) => (reason ? [{ path, reason }] : [])),
    outline: (path) => known().finder.outline(path),
    exportsOf: (path) => known().graph.linksOf(path).exports,
    symbols: (query) => known().finder.find(query),
    definitions: (name) => known().finder.definitions(name),
    symbolAt: (path, line) => symbolAt(known(), path, line),
    references: (symbol) => findReferences(known(), symbol),
    definitionAt: (path, offset) => definitionAt(known(), path, offset),
    callsFrom: (symbol) => callsFrom(known(), symbol),
    callsTo: (symbol) => callsTo(known(), symbol),
    importsOf: (path) => known().graph.importsOf(path),
    importersOf: (path) => known().graph.importersOf(path),
    relatedTests: (path) => relatedTests(path, { paths: live.files.keys(), graph: known().graph, companions }),
    async refresh(abort) {
      const change = await live.refresh(abort);
      saving.soon();
      return change;
    },
    async update(paths, abort) {
      const change = await live.update(paths, abort);
      saving.soon();
      return change;
    },
    search,
    async context(query, asked = {}) {
      const hits = await search(query, { limit: 24, ...asked });
      return packContext({ root: real, hits, outline: known().finder.outline }, asked);
    },
    repoMap,
    async close() {
      saving.now();
    },
  };
}

const saveAfterMs = 500;

function savedLater(live: LiveIndex): { soon(): void; now(): void } {
  let timer: NodeJS.Timeout | undefined;
  const now = (): void => {
    clearTimeout(timer);
    timer = undefined;
    live.save();
  };
  return {
    now,
    soon() {
      timer ??= setTimeout(now, saveAfterMs).unref();
    },
  };
}

function fileOf(live: LiveIndex, path: string): IndexedFile | undefined {
  const entry = live.files.get(path);
  const place = live.placeOf(entry?.key ?? '');
  if (!entry || !place) return undefined;
  return {
    path,
    ...(entry.reading === 'text' ? {} : { language: entry.reading }),
    kind: fileKind(path),
    lines: place.segment.linesOf(place.doc),
    broken: place.segment.brokenAt(place.doc),
  };
}

function symbolAt({ finder }: Knowledge, path: string, line: number): PlacedSymbol | undefined {
  const around = finder.outline(path).filter((one) => one.line <= line && one.endLine >= line);
  const inner = around.toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
  return inner && { ...inner, path };
}

function statsOf({ live, finder }: Knowledge): IndexStats {
  const languages: Record<string, number> = {};
  let [files, skipped, symbols] = [0, 0, 0];
  for (const { path, reading, key } of live.files.values()) {
    if (key === undefined) skipped += 1;
    else {
      files += 1;
      languages[reading] = (languages[reading] ?? 0) + 1;
      symbols += finder.outline(path).length;
    }
  }
  const { rebuilt, unsaved } = live;
  return {
    files,
    skipped,
    symbols,
    languages,
    ...(rebuilt === undefined ? {} : { rebuilt }),
    ...(unsaved === undefined ? {} : { unsaved }),
  };
}
