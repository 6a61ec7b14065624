import { CapstanError } from '@capstan/sdk/contract';
import { isRecord } from './replies.ts';

/** A language server and what is to be known to start it; plain data. */
export interface ServerSpec {
  /** What it is called in settings and messages, for example `typescript`. */
  readonly name: string;
  /** The protocol's language ids by file extension, without the dot. */
  readonly languages: Readonly<Record<string, string>>;
  /** Ways to start it, the best first; the first whose program is there is used. */
  readonly commands: readonly ServerCommand[];
  /** Names of files in the folder that the server is started for. Default: the root of the work tree. */
  readonly rootMarkers?: readonly string[];
  /** Which folder with a marker, seen from a file, within the work tree. Default `nearest`. */
  readonly rootIs?: 'nearest' | 'outermost';
  /** Files, relative to a folder above a source, whose change means other packages: the server is started anew then. */
  readonly restartOn?: readonly string[];
  /** What the server is told when it asks for its configuration, by section. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly initializationOptions?: unknown;
  /** What to install when nothing is there, in words. */
  readonly install: string;
}

export interface ServerCommand {
  readonly argv: readonly [string, ...string[]];
  /** The package that has to hold the program, from this major version on. */
  readonly package?: { readonly name: string; readonly from: number };
}

/** A language server that a user names. */
export interface LanguageServerConfig {
  /** Program, by its name or its absolute path. */
  readonly command: string;
  readonly args?: readonly string[];
  /** The protocol's language ids by file extension, for example `{"rb": "ruby"}`. */
  readonly languages: Readonly<Record<string, string>>;
  /** Files that mark the folder it is started for; the nearest counts. Default: the root of the work tree. */
  readonly rootMarkers?: readonly string[];
  /** Answers to its questions for configuration, by section. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly initializationOptions?: unknown;
}

/** Which servers there are: `false` for none; by name, `false` for not this one or a server of the user's own. */
export type LanguageServerChoice = false | Readonly<Record<string, false | LanguageServerConfig>>;

const typescript: ServerSpec = {
  name: 'typescript',
  languages: {
    ts: 'typescript',
    mts: 'typescript',
    cts: 'typescript',
    tsx: 'typescriptreact',
    js: 'javascript',
    mjs: 'javascript',
    cjs: 'javascript',
    jsx: 'javascriptreact',
  },
  commands: [
    // The compiler is its own server since version 7, https://devblogs.microsoft.com/typescript (looked up 2026-11).
    { argv: ['tsc', '--lsp', '--stdio'], package: { name: 'typescript', from: 7 } },
    { argv: ['tsgo', '--lsp', '--stdio'] },
    { argv: ['typescript-language-server', '--stdio'] },
  ],
  rootMarkers: ['tsconfig.json', 'jsconfig.json', 'package.json'],
  rootIs: 'outermost',
  // A rename of what was imported is to reach its declaration, not to give it an alias.
  settings: {
    'typescript.preferences': { useAliasesForRenames: false },
    'javascript.preferences': { useAliasesForRenames: false },
  },
  initializationOptions: { preferences: { providePrefixAndSuffixTextForRename: false } },
  restartOn: ['node_modules/.package-lock.json', 'node_modules/.modules.yaml', 'node_modules/.yarn-state.yml'],
  install: 'npm install --save-dev typescript@7, or typescript-language-server beside an older TypeScript',
};

const python: ServerSpec = {
  name: 'python',
  languages: { py: 'python', pyi: 'python' },
  commands: [
    { argv: ['pyright-langserver', '--stdio'] },
    { argv: ['basedpyright-langserver', '--stdio'] },
    { argv: ['pylsp'] },
    { argv: ['ruff', 'server'] },
  ],
  rootMarkers: ['pyrightconfig.json', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'],
  settings: { 'python.analysis': { diagnosticMode: 'openFilesOnly' } },
  install: 'npm install --global pyright, or pip install basedpyright (or python-lsp-server, or ruff)',
};

const go: ServerSpec = {
  name: 'go',
  languages: { go: 'go', mod: 'go.mod' },
  commands: [{ argv: ['gopls', 'serve'] }],
  rootMarkers: ['go.mod'],
  install: 'go install golang.org/x/tools/gopls@latest',
};

const known: readonly ServerSpec[] = [typescript, python, go];

/**
 * The servers that are known, less those switched off, with those that the user names in front.
 *
 * @throws {CapstanError} `invalid_config` naming what is wrong with a server of the user's.
 */
export function serverSpecs(choice: LanguageServerChoice = {}): readonly ServerSpec[] {
  if (choice === false) return [];
  const own = Object.entries(choice).flatMap(([name, config]) => (config === false ? [] : [ownSpec(name, config)]));
  return [...own, ...known.filter(({ name }) => choice[name] === undefined)];
}

function ownSpec(name: string, config: LanguageServerConfig): ServerSpec {
  check(name, config);
  const { command, args = [], ...rest } = config;
  return { name, commands: [{ argv: [command, ...args] }], install: `${command}, which the settings name`, ...rest };
}

/** Settings come from a file: their types are not to be trusted. */
function check(name: string, config: LanguageServerConfig): void {
  const { command, args = [], languages, rootMarkers = [], settings = {} } = config as Partial<LanguageServerConfig>;
  const wrong = (what: string): CapstanError =>
    new CapstanError('invalid_config', `The language server ${name} ${what}.`, { where: `lsp.${name}` });
  if (!isRecord(config)) throw wrong('is neither false nor an object');
  if (typeof command !== 'string' || command === '') throw wrong('has no command: name its program');
  if (!isTexts(args)) throw wrong('has args that are no list of texts');
  if (!isTexts(rootMarkers)) throw wrong('has rootMarkers that are no list of texts');
  if (!isRecord(settings)) throw wrong('has settings that are no object');
  const ids = isRecord(languages) ? Object.values(languages) : [];
  if (ids.length === 0 || !isTexts(ids)) throw wrong('has no languages: give {"extension": "language id"}');
  const dotted = Object.keys(languages ?? {}).find((extension) => /[./]/.test(extension));
  if (dotted !== undefined) throw wrong(`has a language for "${dotted}"; an extension is written without a dot`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
}

/** The server for a path by its extension, and the protocol's id of its language. */
export function specFor(
  specs: readonly ServerSpec[],
  path: string,
): { readonly spec: ServerSpec; readonly languageId: string } | undefined {
  const dot = path.lastIndexOf('.');
  const extension = dot > path.lastIndexOf('/') ? path.slice(dot + 1) : '';
  for (const spec of specs) {
    const languageId = Object.hasOwn(spec.languages, extension) ? spec.languages[extension] : undefined;
    if (languageId !== undefined) return { spec, languageId };
  }
  return undefined;
}
