import type { Gatherer } from './gather.ts';
import { record, type Manifest } from './read-manifest.ts';
import { below, type RepositoryFiles } from './repository-files.ts';

interface Framework {
  readonly name: string;
  readonly packages: readonly string[];
  readonly configs?: RegExp;
  /** How sure its package makes one, in each kind of dependency. */
  readonly weights?: Weights;
}

interface Weights {
  readonly dependencies: number;
  readonly devDependencies: number;
  readonly peerDependencies: number;
}

const application: Weights = { dependencies: 0.9, devDependencies: 0.7, peerDependencies: 0.35 };
// A server in the dependencies for development is there for tests.
const server: Weights = { dependencies: 0.9, devDependencies: 0.3, peerDependencies: 0.3 };

const frameworks: readonly Framework[] = [
  { name: 'next', packages: ['next'], configs: /^next\.config\.[cm]?[jt]s$/ },
  { name: 'nest', packages: ['@nestjs/core', '@nestjs/common'], configs: /^nest-cli\.json$/ },
  { name: 'express', packages: ['express'], weights: server },
  { name: 'fastify', packages: ['fastify'], weights: server },
  { name: 'koa', packages: ['koa'], weights: server },
  { name: 'hono', packages: ['hono'], weights: server },
  { name: 'hapi', packages: ['@hapi/hapi'], weights: server },
  { name: 'nuxt', packages: ['nuxt'], configs: /^nuxt\.config\.[cm]?[jt]s$/ },
  { name: 'angular', packages: ['@angular/core'], configs: /^angular\.json$/ },
  { name: 'sveltekit', packages: ['@sveltejs/kit'], configs: /^svelte\.config\.js$/ },
  { name: 'astro', packages: ['astro'], configs: /^astro\.config\.[cm]?[jt]s$/ },
  { name: 'remix', packages: ['@remix-run/react', '@remix-run/node'], configs: /^remix\.config\.js$/ },
  { name: 'react-router', packages: ['@react-router/dev'], configs: /^react-router\.config\.ts$/ },
  { name: 'gatsby', packages: ['gatsby'], configs: /^gatsby-config\.[jt]s$/ },
  { name: 'docusaurus', packages: ['@docusaurus/core'], configs: /^docusaurus\.config\.[jt]s$/ },
  { name: 'create-react-app', packages: ['react-scripts'] },
  { name: 'electron', packages: ['electron'] },
  { name: 'react-native', packages: ['react-native', 'expo'], configs: /^metro\.config\.js$/ },
];

const kinds = ['dependencies', 'devDependencies', 'peerDependencies'] as const;

/** Finds the frameworks of a package of JavaScript; without one, whether it is a library or a command. */
export function findScriptFrameworks(
  files: RepositoryFiles,
  folder: string,
  manifest: Manifest,
  found: Gatherer,
): void {
  const names = files.names(folder);
  for (const { name, packages, configs, weights = application } of frameworks) {
    for (const one of packages) addDependency(manifest, one, (hint) => found.add(name, hint), weights);
    const config = configs && names.find((each) => configs.test(each));
    if (config !== undefined)
      found.add(name, { weight: 0.85, file: below(folder, config), says: `settings of ${name}` });
  }
  const framed = found.facts().some(({ confidence }) => confidence >= 0.6);
  if (!framed) viteFramework(files, folder, manifest, found);
  shipped(manifest, found);
}

type Add = (hint: { weight: number; file: string; line: number | undefined; says: string }) => void;

function addDependency(manifest: Manifest, name: string, add: Add, weights: Weights): void {
  for (const kind of kinds) {
    const version = record(manifest.value[kind])[name];
    if (typeof version !== 'string') continue;
    add({
      weight: weights[kind],
      file: manifest.file,
      line: manifest.line(kind, name),
      says: `${kind}: ${name} ${version}`,
    });
  }
}

const views: readonly (readonly [view: string, packages: readonly string[]])[] = [
  ['react', ['react', '@vitejs/plugin-react', '@vitejs/plugin-react-swc']],
  ['vue', ['vue', '@vitejs/plugin-vue']],
  ['svelte', ['svelte', '@sveltejs/vite-plugin-svelte']],
  ['solid', ['solid-js', 'vite-plugin-solid']],
  ['preact', ['preact', '@preact/preset-vite']],
];

/** Vite is one framework with each library of views; without an `index.html` or settings it only runs tests. */
function viteFramework(files: RepositoryFiles, folder: string, manifest: Manifest, found: Gatherer): void {
  const config = files.names(folder).find((name) => /^vite\.config\.[cm]?[jt]s$/.test(name));
  const page = files.has(below(folder, 'index.html'));
  const settings = config === undefined ? undefined : below(folder, config);
  if (settings === undefined && !page) return;
  const view = views.find(([name, packages]) => uses(files, folder, { manifest, settings }, [name, ...packages]));
  const name = view ? `vite-${view[0]}` : 'vite';
  const library = settings !== undefined && /\blib\s*:/.test(files.text(settings) ?? '');
  if (settings !== undefined)
    found.add(name, { weight: library ? 0.4 : 0.75, file: settings, says: 'settings of vite' });
  addDependency(manifest, 'vite', (hint) => found.add(name, hint), {
    ...application,
    dependencies: 0.6,
    devDependencies: 0.6,
  });
  for (const one of view?.[1] ?? [])
    addDependency(manifest, one, (hint) => found.add(name, hint), { ...application, devDependencies: 0.5 });
}

interface ViewSources {
  readonly manifest: Manifest;
  readonly settings: string | undefined;
}

function uses(
  files: RepositoryFiles,
  folder: string,
  { manifest, settings }: ViewSources,
  packages: readonly string[],
): boolean {
  const named = packages.some((name) => kinds.some((kind) => name in record(manifest.value[kind])));
  if (named) return true;
  const entry = ['src/main.tsx', 'src/main.jsx', 'src/main.ts', 'src/main.js', 'src/index.tsx', 'src/index.jsx'];
  const texts = [...(settings === undefined ? [] : [settings]), ...entry.map((name) => below(folder, name))];
  return texts.some((path) => {
    const text = files.text(path) ?? '';
    return packages.some((name) => text.includes(`'${name}`) || text.includes(`"${name}`));
  });
}

function shipped(manifest: Manifest, found: Gatherer): void {
  const { file, value } = manifest;
  const framed = found.facts().some(({ confidence }) => confidence >= 0.6);
  if (value['bin'] !== undefined)
    found.add('cli', { weight: framed ? 0.4 : 0.8, file, line: manifest.line('bin'), says: 'bin names a command' });
  const entry = ['exports', 'module', 'main', 'types'].find((field) => value[field] !== undefined);
  if (entry === undefined || framed) return;
  const weight = value['private'] === true ? 0.45 : 0.75;
  found.add('library', { weight, file, line: manifest.line(entry), says: `${entry} says what others import` });
}
