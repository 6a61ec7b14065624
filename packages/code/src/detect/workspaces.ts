import picomatch from 'picomatch';
import { gatherer } from './gather.ts';
import { readJson, readToml, readYaml, record, strings, type Manifest, type Warn } from './read-manifest.ts';
import { below, type RepositoryFiles } from './repository-files.ts';
import type { Workspace } from './stack.ts';

interface Found {
  readonly tool: string;
  readonly patterns: readonly string[];
  /** What a folder must hold to be a member. */
  readonly manifest: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly says: string;
  readonly weight: number;
}

/** Finds the workspaces that begin in a folder. */
export function findWorkspaces(files: RepositoryFiles, folder: string, warn: Warn): Workspace[] {
  const found = [...scriptWorkspaces(files, folder, warn), ...otherWorkspaces(files, folder)];
  const written = found.filter(({ patterns }) => patterns.length > 0);
  return found.map((one) => {
    // A tool that runs tasks takes the packages that the manager knows.
    const source = one.patterns.length > 0 ? [one] : written.filter(({ manifest }) => manifest === one.manifest);
    const members = [...new Set(source.flatMap((each) => membersOf(files, folder, each)))].toSorted();
    const facts = gatherer();
    facts.add(one.tool, one);
    const { confidence, evidence } = facts.facts()[0] ?? { confidence: one.weight, evidence: [] };
    return { tool: one.tool, patterns: one.patterns, members, confidence, evidence };
  });
}

function scriptWorkspaces(files: RepositoryFiles, folder: string, warn: Warn): Found[] {
  const at = (name: string): string => below(folder, name);
  const read = <T>(name: string, how: (file: string, text: string, warn: Warn) => T): T | undefined =>
    files.has(at(name)) ? how(at(name), files.text(at(name)) ?? '', warn) : undefined;
  const manifest = 'package.json';
  const found: Found[] = [];
  const pnpm = read('pnpm-workspace.yaml', readYaml);
  const patterns = strings(pnpm?.value['packages']);
  if (pnpm && patterns.length > 0)
    found.push({
      tool: 'pnpm',
      patterns,
      manifest,
      file: pnpm.file,
      line: pnpm.line('packages'),
      says: 'packages',
      weight: 0.95,
    });
  const own = read('package.json', readJson);
  const listed = workspacePatterns(own);
  if (own && listed.length > 0) {
    const yarn = files.has(at('yarn.lock')) || /^yarn@/.test(String(own.value['packageManager'] ?? ''));
    const bun = files.has(at('bun.lock')) || files.has(at('bun.lockb'));
    const tool = yarn ? 'yarn' : bun ? 'bun' : 'npm';
    found.push({
      tool,
      patterns: listed,
      manifest,
      file: own.file,
      line: own.line('workspaces'),
      says: 'workspaces',
      weight: pnpm ? 0.6 : 0.9,
    });
  }
  const lerna = read('lerna.json', readJson);
  if (lerna)
    found.push({
      tool: 'lerna',
      // Its own default, where nothing else names the packages.
      patterns: lernaPatterns(lerna, found.length > 0),
      manifest,
      file: lerna.file,
      line: lerna.line('packages'),
      says: 'settings of lerna',
      weight: 0.85,
    });
  for (const [tool, name] of [
    ['turbo', 'turbo.json'],
    ['nx', 'nx.json'],
  ] as const) {
    const settings = read(name, readJson);
    if (settings)
      found.push({
        tool,
        patterns: [],
        manifest,
        file: settings.file,
        line: settings.line('tasks') ?? settings.line('pipeline') ?? settings.line('targetDefaults'),
        says: `settings of ${tool}`,
        weight: 0.9,
      });
  }
  return found;
}

function lernaPatterns({ value }: Manifest, known: boolean): string[] {
  const written = strings(value['packages']);
  return written.length > 0 || known ? written : ['packages/*'];
}

function workspacePatterns(manifest: Manifest | undefined): string[] {
  const field = manifest?.value['workspaces'];
  return Array.isArray(field) ? strings(field) : strings(record(field)['packages']);
}

function otherWorkspaces(files: RepositoryFiles, folder: string): Found[] {
  const found: Found[] = [];
  const go = below(folder, 'go.work');
  const text = files.has(go) ? (files.text(go) ?? '') : '';
  const used = [...text.matchAll(/^\s*(?:use\s+)?"?(\.\.?\/[^\s)"]*|\.)"?\s*$/gm)].map(([, one = '']) =>
    one.replace(/^\.\/?/, ''),
  );
  if (files.has(go))
    found.push({
      tool: 'go',
      patterns: used.map((one) => one || '.'),
      manifest: 'go.mod',
      file: go,
      line: 1,
      says: 'go.work',
      weight: 0.95,
    });
  for (const [tool, name, way] of [
    ['cargo', 'Cargo.toml', ['workspace']],
    ['uv', 'pyproject.toml', ['tool', 'uv', 'workspace']],
  ] as const) {
    const file = below(folder, name);
    if (!files.has(file) || !/workspace/.test(files.text(file) ?? '')) continue;
    const manifest = readToml(file, files.text(file) ?? '', () => {});
    const table = way.reduce<Readonly<Record<string, unknown>>>((at, key) => record(at[key]), manifest.value);
    const patterns = [...strings(table['members']), ...strings(table['exclude']).map((one) => `!${one}`)];
    if (patterns.length > 0)
      found.push({
        tool,
        patterns,
        manifest: name,
        file,
        line: manifest.line(...way, 'members'),
        says: 'members',
        weight: 0.95,
      });
  }
  return found;
}

function membersOf(files: RepositoryFiles, folder: string, { patterns, manifest }: Found): string[] {
  const plain = (pattern: string): string => pattern.replace(/^\.\//, '').replace(/\/$/, '');
  const wanted = patterns.filter((one) => !one.startsWith('!')).map(plain);
  const refused = patterns.filter((one) => one.startsWith('!')).map((one) => plain(one.slice(1)));
  const matches = picomatch(wanted, { dot: true });
  const excluded = refused.length === 0 ? () => false : picomatch(refused, { dot: true });
  return files.folders.filter((one) => {
    if (folder !== '' && !one.startsWith(`${folder}/`)) return false;
    const way = folder === '' ? one : one.slice(folder.length + 1);
    return way !== '' && matches(way) && !excluded(way) && files.has(below(one, manifest));
  });
}
