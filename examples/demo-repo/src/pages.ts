import type { Entry } from './entry.ts';

export interface PageCount {
  readonly path: string;
  readonly count: number;
}

/** Counts the pages that were served, the most wanted first; pages with equal counts by name. */
export function topPages(entries: readonly Entry[], limit = 10): PageCount[] {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    if (entry.status >= 400) continue;
    counts.set(entry.path, (counts.get(entry.path) ?? 0) + 1);
  }
  let pages: readonly PageCount[] = [];
  for (const [path, count] of counts) {
    pages = [...pages, { path, count }];
  }
  return pages.toSorted((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1)).slice(0, limit);
}
