import { cwdOf, type Findings, type PackagePlace } from './findings.ts';
import { linesOf } from './lines-of.ts';
import { readToml, record } from './read-manifest.ts';
import { below } from './repository-files.ts';
import type { CommandPurpose } from './stack.ts';

interface Ecosystem {
  readonly manifest: RegExp;
  readonly language: string;
  readonly manager: string;
  readonly commands: readonly (readonly [CommandPurpose, string])[];
}

/** Languages that are known by their manifest and whose usual commands are told without looking further. */
const ecosystems: readonly Ecosystem[] = [
  {
    manifest: /^Cargo\.toml$/,
    language: 'rust',
    manager: 'cargo',
    commands: [
      ['install', 'cargo fetch'],
      ['build', 'cargo build'],
      ['test', 'cargo test'],
      ['typecheck', 'cargo check'],
      ['lint', 'cargo clippy'],
      ['format', 'cargo fmt --check'],
    ],
  },
  {
    manifest: /^pom\.xml$/,
    language: 'java',
    manager: 'maven',
    commands: [
      ['build', 'mvn package'],
      ['test', 'mvn test'],
    ],
  },
  {
    manifest: /^build\.gradle(\.kts)?$/,
    language: 'java',
    manager: 'gradle',
    commands: [
      ['build', 'gradle build'],
      ['test', 'gradle test'],
    ],
  },
  { manifest: /^Gemfile$/, language: 'ruby', manager: 'bundler', commands: [['install', 'bundle install']] },
  { manifest: /^composer\.json$/, language: 'php', manager: 'composer', commands: [['install', 'composer install']] },
  {
    manifest: /\.(csproj|fsproj|sln)$/,
    language: 'c#',
    manager: 'dotnet',
    commands: [
      ['install', 'dotnet restore'],
      ['build', 'dotnet build'],
      ['test', 'dotnet test'],
    ],
  },
  {
    manifest: /^mix\.exs$/,
    language: 'elixir',
    manager: 'mix',
    commands: [
      ['install', 'mix deps.get'],
      ['build', 'mix compile'],
      ['test', 'mix test'],
    ],
  },
  {
    manifest: /^deno\.jsonc?$/,
    language: 'typescript',
    manager: 'deno',
    commands: [
      ['test', 'deno test'],
      ['lint', 'deno lint'],
    ],
  },
  {
    manifest: /^Package\.swift$/,
    language: 'swift',
    manager: 'swift',
    commands: [
      ['build', 'swift build'],
      ['test', 'swift test'],
    ],
  },
  {
    manifest: /^pubspec\.yaml$/,
    language: 'dart',
    manager: 'pub',
    commands: [
      ['install', 'dart pub get'],
      ['test', 'dart test'],
    ],
  },
];

/** Tells whether a file is a manifest of these. */
export function isOtherManifest(name: string): boolean {
  return ecosystems.some(({ manifest }) => manifest.test(name));
}

/** Reads packages of languages that are only recognised. */
export function readOtherPackages(place: PackagePlace, found: Findings): void {
  const { files, folder } = place;
  for (const name of files.names(folder)) {
    const kind = ecosystems.find(({ manifest }) => manifest.test(name));
    if (!kind) continue;
    const file = below(folder, name);
    found.languages.add(kind.language, { weight: 0.85, file, says: `manifest of ${kind.manager}` });
    found.packageManagers.add(kind.manager, { weight: 0.9, file, says: `manifest of ${kind.manager}` });
    for (const [purpose, command] of kind.commands)
      found.commands.add(purpose, command, {
        weight: 0.75,
        cwd: cwdOf(folder),
        file,
        says: `usual with ${kind.manager}`,
      });
    if (kind.manager === 'cargo') readCargo(place, found, file);
  }
}

const crates: Readonly<Record<string, string>> = {
  'actix-web': 'actix',
  axum: 'axum',
  rocket: 'rocket',
  warp: 'warp',
  tonic: 'tonic',
  clap: 'cli',
};

function readCargo({ files, folder, warn }: PackagePlace, found: Findings, file: string): void {
  const manifest = readToml(file, files.text(file) ?? '', warn);
  const crate = record(manifest.value['package']);
  if (typeof crate['name'] === 'string') found.name ??= crate['name'];
  const version = crate['rust-version'];
  if (typeof version === 'string')
    found.runtimes.add(`rust ${version}`, {
      weight: 0.9,
      file,
      line: manifest.line('package', 'rust-version'),
      says: `rust-version ${version}`,
    });
  for (const name of Object.keys(record(manifest.value['dependencies']))) {
    const framework = crates[name];
    if (framework !== undefined)
      found.frameworks.add(framework, {
        weight: 0.8,
        file,
        line: manifest.line('dependencies', name),
        says: `depends on ${name}`,
      });
  }
  const programs = manifest.value['bin'];
  if (Array.isArray(programs) && programs.length > 0)
    found.frameworks.add('cli', { weight: 0.7, file, line: manifest.line('bin'), says: 'bin names a program' });
  found.testRunners.add('cargo', { weight: 0.7, file, says: 'manifest of cargo' });
  if (files.folders.includes(below(folder, 'benches')))
    found.commands.add('bench', 'cargo bench', {
      weight: 0.85,
      cwd: cwdOf(folder),
      file: below(folder, 'benches'),
      says: 'folder of benchmarks',
    });
  const main = below(folder, 'src/main.rs');
  if (files.has(main))
    found.commands.add('start', 'cargo run', {
      weight: 0.85,
      cwd: cwdOf(folder),
      file: main,
      line: linesOf(files.text(main) ?? '').of(/fn main\(/),
      says: 'fn main',
    });
  else if (files.has(below(folder, 'src/lib.rs')))
    found.frameworks.add('library', { weight: 0.75, file: below(folder, 'src/lib.rs'), says: 'a library crate' });
}
