import { isAbsolute, join, relative } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { CodeIndex } from '../context/code-index.ts';

export interface CodeToolsOptions {
  /** Gives the index of the root. Default: `openIndex(root)`, once for all tools. */
  readonly open?: (signal: AbortSignal) => Promise<CodeIndex>;
  /** Tells which files may be shown, by their path relative to the root. Default: all. */
  readonly mask?: (path: string) => boolean;
}

/** What the tools of the index share. */
export interface OpenedIndex {
  readonly root: string;
  readonly mask: (path: string) => boolean;
  /** Gives the index as the files are now. */
  current(signal: AbortSignal): Promise<CodeIndex>;
}

export function openedOnce(root: string, { open, mask = () => true }: CodeToolsOptions): OpenedIndex {
  let opening: Promise<CodeIndex> | undefined;
  // The index with its parsers is loaded at the first call.
  const openNew = open ?? (async (signal) => (await import('../context/open-index.ts')).openIndex(root, { signal }));
  return {
    root,
    mask,
    async current(signal) {
      if (opening) {
        const index = await opening;
        await index.refresh(signal);
        return index;
      }
      opening = openNew(signal);
      // An opening that was stopped or failed is tried again at the next call.
      opening.catch(() => (opening = undefined));
      return opening;
    },
  };
}

/** Effects of a tool that reads the repository: one read of the path that is asked about, the root without one. */
export function readsBelow({ root }: OpenedIndex, path: string | undefined) {
  return [{ kind: 'read', path: path === undefined ? root : isAbsolute(path) ? path : join(root, path) }] as const;
}

/**
 * Brings a path as a model wrote it to the form that the index uses.
 *
 * @throws {CapstanError} `path_outside`
 */
export function indexPath({ root }: OpenedIndex, path: string): string {
  const way = relative(root, isAbsolute(path) ? path : join(root, path)).replaceAll('\\', '/');
  if (way === '..' || way.startsWith('../')) {
    throw new CapstanError('path_outside', `${path} lies outside the repository. Give a path below its root.`, {
      where: path,
    });
  }
  return way;
}

/** The JSON Schema of an input. */
export function inputSchema(properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) {
  return { type: 'object', properties, required, additionalProperties: false } as const;
}
