import { dirname, join } from 'node:path/posix';
import type ts from 'typescript-6';
import type { TypeScript } from './load-typescript.ts';

/** Files that are read with one set of options. */
export interface ScriptProject {
  /** The configuration's path relative to the root, with a mark for files that none names. */
  readonly name: string;
  readonly options: ts.CompilerOptions;
  /** Absolute. */
  readonly roots: readonly string[];
}

/**
 * Finds the projects of a tree: one for each tsconfig.json and jsconfig.json with what they refer to, and one beside it for
 * the sources around it that it does not name. Every script of the tree is in at least one.
 *
 * @param paths Every file of the tree, relative to the root.
 */
export function scriptProjects(
  typescript: TypeScript,
  root: string,
  paths: readonly string[],
): readonly ScriptProject[] {
  const configs = new Map<string, ts.ParsedCommandLine>();
  for (const path of paths)
    if (/(^|\/)[jt]sconfig\.json$/.test(path)) readConfig(typescript, join(root, path), configs);
  const named = new Set([...configs.values()].flatMap(({ fileNames }) => fileNames));
  const rest = new Map<string, string[]>();
  for (const path of paths) {
    const file = join(root, path);
    if (!isScriptPath(path) || named.has(file)) continue;
    const config = nearestConfig(file, root, configs);
    const list = rest.get(config);
    if (list) list.push(file);
    else rest.set(config, [file]);
  }
  const known = new Set(paths.map((path) => join(root, path)));
  return [
    ...[...configs].map(([config, { options, fileNames }]) => ({
      name: config.slice(root.length + 1),
      options: settled(typescript, options),
      // What a configuration names and nobody tracks is made by a tool.
      roots: fileNames.filter((file) => known.has(file)),
    })),
    ...[...rest].map(([config, roots]) => ({
      name: config === '' ? 'no tsconfig' : `${config.slice(root.length + 1)} (and what it leaves out)`,
      options: looseOptions(typescript, configs.get(config)?.options),
      roots,
    })),
  ].filter(({ roots }) => roots.length > 0);
}

export function isScriptPath(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

function readConfig(typescript: TypeScript, file: string, known: Map<string, ts.ParsedCommandLine>): void {
  if (known.has(file) || !typescript.sys.fileExists(file)) return;
  const read: { readonly config?: unknown } = typescript.readConfigFile(file, (path) => typescript.sys.readFile(path));
  const parsed = typescript.parseJsonConfigFileContent(read.config ?? {}, typescript.sys, dirname(file), {}, file);
  known.set(file, parsed);
  for (const { path } of parsed.projectReferences ?? []) {
    readConfig(typescript, path.endsWith('.json') ? path : join(path, 'tsconfig.json'), known);
  }
}

function nearestConfig(file: string, root: string, configs: ReadonlyMap<string, unknown>): string {
  for (let folder = dirname(file); folder.length >= root.length; folder = dirname(folder)) {
    for (const name of ['tsconfig.json', 'jsconfig.json'])
      if (configs.has(join(folder, name))) return join(folder, name);
    if (folder === root) break;
  }
  return '';
}

/** Nothing is written, and what is in the way of a look at single files is off. */
function settled(typescript: TypeScript, options: ts.CompilerOptions): ts.CompilerOptions {
  const { composite: _, incremental: __, tsBuildInfoFile: ___, rootDir: ____, ...rest } = options;
  return {
    ...rest,
    noEmit: true,
    // Plain JavaScript is looked at too: only errors that are new count.
    ...(options.allowJs === true ? { checkJs: true } : {}),
    skipLibCheck: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    ...(typescript.versionMajorMinor.startsWith('6') ? { ignoreDeprecations: '6.0' } : {}),
  };
}

function looseOptions(typescript: TypeScript, options: ts.CompilerOptions | undefined): ts.CompilerOptions {
  const { ModuleKind, ModuleResolutionKind, ScriptTarget, JsxEmit } = typescript;
  const base: ts.CompilerOptions = options ?? {
    target: ScriptTarget.ESNext,
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler,
    // Keeps imports of React, which a build without a tsconfig may need.
    jsx: JsxEmit.React,
    esModuleInterop: true,
    resolveJsonModule: true,
  };
  return settled(typescript, {
    ...base,
    allowJs: true,
    jsx: base.jsx ?? JsxEmit.Preserve,
    allowImportingTsExtensions: true,
    maxNodeModuleJsDepth: 0,
  });
}
