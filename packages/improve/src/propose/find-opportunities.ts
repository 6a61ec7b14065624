import { scanRepository } from '../scan/scan-repository.ts';
import type { ScanResult } from '../scan/opportunity.ts';
import { allTemplates } from '../templates/all-templates.ts';

export interface FindOptions {
  /** Ids of the templates to look for. Default: all. */
  readonly templates?: readonly string[];
  /** Only this file, or what lies under this folder; relative to the root. */
  readonly path?: string;
  /** Source files looked at before the scan stops. Default 50,000. */
  readonly maxFiles?: number;
  readonly signal?: AbortSignal;
}

/** A folder, or what knows its root, such as a work tree. */
export type Rooted = string | { readonly root: string };

/**
 * Finds places in a repository that can be made faster without changing what they do. Reads only.
 *
 * What Git ignores is left out, and so are tests, configuration, generated code and dependencies. The same text gives
 * the same ids.
 */
export async function findOpportunities(rooted: Rooted, options: FindOptions = {}): Promise<ScanResult> {
  const { templates: wanted, path, ...rest } = options;
  const templates = wanted ? allTemplates.filter((template) => wanted.includes(template.id)) : allTemplates;
  const root = typeof rooted === 'string' ? rooted : rooted.root;
  const found = await scanRepository(root, { ...rest, templates });
  const under = (path ?? '').replaceAll('\\', '/').replace(/^(\.\/)+|\/+$/g, '');
  if (under === '' || under === '.') return found;
  const inside = (one: { path: string }) => one.path === under || one.path.startsWith(`${under}/`);
  return { ...found, opportunities: found.opportunities.filter(inside), leftAlone: found.leftAlone.filter(inside) };
}
