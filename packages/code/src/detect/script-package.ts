import { detectChecks, detectTestRunners } from '@capstan/tools';
import { cwdOf, type Findings, type PackagePlace } from './findings.ts';
import { escaped, linesOf } from './lines-of.ts';
import { purposeOfName, purposesOf } from './purposes-of.ts';
import { readJson, record, type Manifest } from './read-manifest.ts';
import { below } from './repository-files.ts';
import { findScriptFrameworks } from './script-frameworks.ts';
import { findManagers, isBerry, managerWords, scriptLocks, type ManagerWords } from './script-manager.ts';
import type { CommandPurpose, Fact } from './stack.ts';

/** What the workspace around a package says for it. */
export interface OuterScripts {
  readonly packageManagers: readonly Fact[];
  readonly berry: boolean;
  /** A lock file lies there. */
  readonly locked: boolean;
}

/** Reads a package of JavaScript or TypeScript. */
export function readScriptPackage(place: PackagePlace, found: Findings, outer?: OuterScripts): OuterScripts {
  const { files, folder, warn } = place;
  const file = below(folder, 'package.json');
  const manifest = readJson(file, files.text(file) ?? '', warn);
  const { name } = manifest.value;
  if (typeof name === 'string') found.name = name;
  findLanguage(place, manifest, found);
  findManagers(files, folder, manifest, found.packageManagers);
  const locked = files.names(folder).some((each) => scriptLocks[each] !== undefined);
  inheritManagers(found, manifest, outer);
  const berry = isBerry(files, folder, manifest) || (!locked && outer?.berry === true);
  const words = managerWords(found.packageManagers.facts()[0]?.value ?? 'npm', { berry });
  findInstall(place, found, { words, locked, inner: outer !== undefined && !locked });
  findScripts(manifest, found, { words, folder });
  findRunners(place, manifest, found, words);
  findChecks(place, manifest, found, words);
  findScriptFrameworks(files, folder, manifest, found.frameworks);
  findRuntimes(place, manifest, found);
  return { packageManagers: found.packageManagers.facts(), berry, locked: locked || outer?.locked === true };
}

function inheritManagers({ packageManagers }: Findings, manifest: Manifest, outer: OuterScripts | undefined): void {
  if (packageManagers.facts().some(({ confidence }) => confidence >= 0.8)) return;
  for (const { value, confidence, evidence } of outer?.packageManagers ?? [])
    for (const [index, one] of evidence.entries())
      packageManagers.add(value, { ...one, weight: index === 0 ? confidence : 0.1 });
  if (packageManagers.facts().length > 0) return;
  packageManagers.add('npm', { weight: 0.4, file: manifest.file, says: 'nothing names another manager' });
}

function findLanguage({ files, folder }: PackagePlace, manifest: Manifest, { languages }: Findings): void {
  const { file, value } = manifest;
  const settings = files.names(folder).find((name) => /^tsconfig(\.[\w-]+)?\.json$/.test(name));
  const kind = ['devDependencies', 'dependencies'].find((each) => 'typescript' in record(value[each]));
  if (settings !== undefined)
    languages.add('typescript', { weight: 0.9, file: below(folder, settings), says: 'settings of TypeScript' });
  if (kind !== undefined)
    languages.add('typescript', {
      weight: 0.7,
      file,
      line: manifest.line(kind, 'typescript'),
      says: `${kind}: typescript`,
    });
  const source = ['', 'src', 'lib', 'app'].flatMap((inner) => {
    const inside = below(folder, inner).replace(/\/$/, '');
    const name = files.names(inside).find((each) => /(?<!\.d|\.config)\.[cm]?tsx?$/.test(each));
    return name === undefined ? [] : [below(inside, name)];
  })[0];
  if (source !== undefined) languages.add('typescript', { weight: 0.75, file: source, says: 'a source of TypeScript' });
  languages.add('javascript', { weight: languages.has('typescript') ? 0.3 : 0.8, file, says: 'manifest of npm' });
}

interface InstallOptions {
  readonly words: ManagerWords;
  readonly locked: boolean;
  /** A package of a workspace is installed with the whole of it. */
  readonly inner: boolean;
}

function findInstall(
  { files, folder }: PackagePlace,
  { commands }: Findings,
  { words, locked, inner }: InstallOptions,
): void {
  if (inner) return;
  const cwd = cwdOf(folder);
  const lock = files.names(folder).find((name) => scriptLocks[name] !== undefined);
  const file = below(folder, lock ?? 'package.json');
  if (locked) commands.add('install', words.frozen, { weight: 0.85, cwd, file, says: 'what the lock file says' });
  commands.add('install', words.install, {
    weight: locked ? 0.7 : 0.8,
    cwd,
    file,
    says: locked ? 'lock file' : 'manifest',
  });
}

function findScripts(
  manifest: Manifest,
  { commands }: Findings,
  { words, folder }: { words: ManagerWords; folder: string },
): void {
  for (const [name, body] of Object.entries(record(manifest.value['scripts']))) {
    if (typeof body !== 'string' || /no test specified/.test(body)) continue;
    const hint = {
      cwd: cwdOf(folder),
      file: manifest.file,
      line: manifest.line('scripts', name),
      says: `script ${name}: ${brief(body)}`,
    };
    const named = purposeOfName(name);
    const part = /[:_]/.test(name) || (named !== 'typecheck' && name.includes('-'));
    if (named) commands.add(named, words.run(name), { ...hint, weight: name === named ? 0.97 : part ? 0.6 : 0.85 });
    else if (!/^(pre|post)|watch|release|publish|deploy|fix|ui$|debug/.test(name))
      for (const purpose of purposesOf(body)) commands.add(purpose, words.run(name), { ...hint, weight: 0.45 });
  }
}

function brief(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

const runnerWords: Readonly<Record<string, string>> = {
  vitest: 'vitest run',
  jest: 'jest',
  mocha: 'mocha',
  ava: 'ava',
  tap: 'tap',
  playwright: 'playwright test',
  cypress: 'cypress run',
};
const otherRunners: readonly (readonly [runner: string, named: string])[] = [
  ['mocha', 'mocha'],
  ['ava', 'ava'],
  ['tap', 'tap'],
  ['playwright', '@playwright/test'],
  ['cypress', 'cypress'],
];

/** The runners that tests can be run with as data, and others by their packages. */
function findRunners({ files, folder }: PackagePlace, manifest: Manifest, found: Findings, words: ManagerWords): void {
  const known = detectTestRunners(`${files.root}/${folder}`, files.root).filter(
    (name) => name !== 'pytest' && name !== 'go',
  );
  const others = otherRunners.filter(([, named]) => kindOf(manifest, named) !== undefined);
  for (const [runner, named] of [...known.map((name) => [name, name] as const), ...others]) {
    const kind = kindOf(manifest, named);
    const config = files
      .names(folder)
      .find((name) => name.startsWith(`${runner}.config.`) || name.startsWith(`.${runner}rc`));
    const script = Object.entries(record(manifest.value['scripts'])).find(([, body]) =>
      new RegExp(`\\b${escaped(runner)}\\b`).test(String(body)),
    );
    if (kind !== undefined)
      found.testRunners.add(runner, {
        weight: 0.85,
        file: manifest.file,
        line: manifest.line(kind, named),
        says: `${kind}: ${named}`,
      });
    if (config !== undefined)
      found.testRunners.add(runner, { weight: 0.85, file: below(folder, config), says: `settings of ${runner}` });
    if (script)
      found.testRunners.add(runner, {
        weight: 0.8,
        file: manifest.file,
        line: manifest.line('scripts', script[0]),
        says: `script ${script[0]}: ${brief(String(script[1]))}`,
      });
  }
  if (found.commands.has('test')) return;
  for (const { value, evidence } of found.testRunners.facts().slice(0, 1)) {
    const [first] = evidence;
    const command = value === 'node' ? 'node --test' : words.exec(runnerWords[value] ?? value);
    if (first) found.commands.add('test', command, { ...first, weight: 0.6, cwd: cwdOf(folder) });
  }
}

function kindOf(manifest: Manifest, name: string): string | undefined {
  return ['devDependencies', 'dependencies', 'peerDependencies'].find((kind) => name in record(manifest.value[kind]));
}

const checkCommands: Readonly<Record<string, readonly [CommandPurpose, string]>> = {
  tsc: ['typecheck', 'tsc --noEmit'],
  eslint: ['lint', 'eslint .'],
  biome: ['lint', 'biome check .'],
  prettier: ['format', 'prettier --check .'],
};

/** Where no script speaks of it, a compiler or linter that the package uses is called by itself. */
function findChecks(
  { files, folder }: PackagePlace,
  manifest: Manifest,
  { commands }: Findings,
  words: ManagerWords,
): void {
  for (const check of detectChecks(`${files.root}/${folder}`, files.root)) {
    const [purpose, command] = checkCommands[check] ?? [];
    if (purpose === undefined || command === undefined || commands.has(purpose)) continue;
    const named = check === 'tsc' ? 'typescript' : check === 'biome' ? '@biomejs/biome' : check;
    const kind = kindOf(manifest, named);
    const config = files.names(folder).find((name) => name.includes(check === 'tsc' ? 'tsconfig' : check));
    const at =
      kind === undefined
        ? { file: below(folder, config ?? 'package.json') }
        : { file: manifest.file, line: manifest.line(kind, named) };
    commands.add(purpose, words.exec(command), {
      ...at,
      weight: kind === undefined ? 0.5 : 0.65,
      cwd: cwdOf(folder),
      says: `uses ${named}`,
    });
  }
}

function findRuntimes({ files, folder }: PackagePlace, manifest: Manifest, { runtimes }: Findings): void {
  const engine = record(manifest.value['engines'])['node'];
  if (typeof engine === 'string')
    runtimes.add(`node ${engine}`, {
      weight: 0.9,
      file: manifest.file,
      line: manifest.line('engines', 'node'),
      says: `engines.node is ${engine}`,
    });
  for (const name of ['.nvmrc', '.node-version']) {
    const file = below(folder, name);
    const version = files.has(file) ? /^v?(\S+)/.exec(files.text(file)?.trim() ?? '')?.[1] : undefined;
    if (version !== undefined)
      runtimes.add(`node ${version}`, {
        weight: 0.85,
        file,
        line: linesOf(files.text(file) ?? '').of(/\S/),
        says: `${name} is ${version}`,
      });
  }
}
