import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { collectGarbage } from './collect-garbage.ts';
import type { LeftAlone, Opportunity, ScanResult } from './opportunity.ts';
import { isGenerated, repositoryFiles, type RepositoryFilesOptions } from './repository-files.ts';
import { scanText } from './scan-text.ts';
import { ownAccessors } from './source-file.ts';
import type { Template } from './template.ts';

export interface ScanOptions extends RepositoryFilesOptions {
  readonly templates: readonly Template[];
  /** Bytes; larger files are not read. Default 400,000. */
  readonly maxFileBytes?: number;
}

/** Bytes of source parsed between two collections: native trees take some forty times their text. */
const collectEvery = 4_000_000;

/**
 * Looks through a repository for places where a template applies. Reads only.
 *
 * Texts are read twice, once for the names that getters have anywhere and once to scan; only files whose text hints at
 * a template are parsed, one at a time, so memory stays bounded however big the repository.
 */
export async function scanRepository(root: string, options: ScanOptions): Promise<ScanResult> {
  const { templates, maxFileBytes = 400_000, signal } = options;
  const accessors = new Set<string>();
  const candidates: string[] = [];
  let files = 0;
  for (const path of await repositoryFiles(root, options)) {
    signal?.throwIfAborted();
    const text = await readSmall(join(root, path), maxFileBytes);
    if (text === undefined) continue;
    files += 1;
    for (const name of ownAccessors(text)) accessors.add(name);
    if (templates.some((template) => template.hint(text)) && !isGenerated(text)) candidates.push(path);
  }
  const opportunities: Opportunity[] = [];
  const leftAlone: LeftAlone[] = [];
  let [parsed, sinceCollection] = [0, 0];
  for (const path of candidates) {
    await setImmediate();
    signal?.throwIfAborted();
    const text = await readSmall(join(root, path), maxFileBytes);
    const scan = text === undefined ? undefined : scanText(text, { path, templates, accessors });
    sinceCollection += text?.length ?? 0;
    if (sinceCollection > collectEvery) sinceCollection = collectGarbage();
    if (!scan) continue;
    parsed += 1;
    opportunities.push(...scan.opportunities);
    leftAlone.push(...scan.leftAlone);
  }
  return { opportunities: opportunities.toSorted(byGain), leftAlone, files, parsed };
}

async function readSmall(path: string, maxBytes: number): Promise<string | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    () => Infinity,
  );
  if (size > maxBytes) return undefined;
  return readFile(path).then(decode, () => undefined);
}

/** Gives undefined for what is not UTF-8, since writing it back would not be faithful. */
function decode(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return text.includes('\0') || !Buffer.from(text, 'utf8').equals(bytes) ? undefined : text;
}

function byGain(a: Opportunity, b: Opportunity): number {
  const risk = (one: Opportunity) => (one.risk === 'none' ? 0 : 1);
  return b.gain - a.gain || risk(a) - risk(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line);
}
