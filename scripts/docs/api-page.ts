import type { PublicName } from './public-names.ts';

/** What one import path of a package publishes. */
export interface PublishedPath {
  readonly specifier: string;
  /** Source file of the path, relative to the repository. */
  readonly source: string;
  readonly names: readonly PublicName[];
}

const opening = `# API

<!-- Made from the documentation comments; \`npx vitest run scripts/docs -u\` writes it anew. -->

What each import path publishes. Types and parameters are in the declarations, which editors show; a name that a path
passes on from another is described where it comes first.

`;

/** Writes the reference of all published names, one table an import path. */
export function apiPage(paths: readonly PublishedPath[]): string {
  const seen = new Set<string>();
  const sections = paths.map(({ specifier, source, names }) => {
    const fresh = names.filter((one) => !seen.has(`${one.file} ${one.name}`));
    for (const { file, name } of fresh) seen.add(`${file} ${name}`);
    const rows = fresh.toSorted(byKind).map(({ name, kind, about }) => `| \`${name}\` | ${kind} | ${cell(about)} |`);
    const table = `| name | | |\n| --- | --- | --- |\n${rows.join('\n')}`;
    return `## [\`${specifier}\`](../../${source})\n\n${rows.length > 0 ? table : 'Passes on names of the paths above.'}\n`;
  });
  return opening + sections.join('\n');
}

const order: readonly PublicName['kind'][] = ['function', 'class', 'value', 'type'];

function byKind(a: PublicName, b: PublicName): number {
  return order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
