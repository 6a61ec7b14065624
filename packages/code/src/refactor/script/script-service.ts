import { dirname, join } from 'node:path/posix';
import type ts from 'typescript-6';
import { isScript } from '../../index/carriers.ts';
import type { SourceFiles } from '../source-files.ts';
import type { TypeScript } from './load-typescript.ts';
import type { ScriptProject } from './script-projects.ts';

/** A project with the language service over it, which sees planned texts instead of those on disk. */
export interface ScriptService {
  readonly project: ScriptProject;
  readonly service: ts.LanguageService;
  /** The program as it is by now. */
  program(): ts.Program;
  /** Sources of the tree that the program reads, relative to the root. */
  paths(): readonly string[];
  source(path: string): ts.SourceFile | undefined;
}

export interface ServiceOptions {
  readonly typescript: TypeScript;
  readonly files: SourceFiles;
  /** Tells whether a path relative to the root is a source of the tree. */
  readonly isOurs: (path: string) => boolean;
  /** Where an import leads within the tree, as the index resolves it. */
  readonly resolve: (from: string, specifier: string) => string | undefined;
  readonly registry: ts.DocumentRegistry;
}

/** Opens the language service of a project. */
export function openService(project: ScriptProject, options: ServiceOptions): ScriptService {
  const { typescript, files, isOurs, registry } = options;
  const { root } = files;
  const service = typescript.createLanguageService(hostOf(project, options), registry);
  const program = (): ts.Program => {
    const made = service.getProgram();
    if (!made) throw new TypeError(`no program for ${project.name}`);
    return made;
  };
  return {
    project,
    service,
    program,
    paths: () =>
      program()
        .getSourceFiles()
        .flatMap(({ fileName }) => inside(root, fileName) ?? [])
        .filter((path) => isOurs(path) || files.text(path) !== undefined)
        .filter((path) => !path.includes('node_modules/')),
    source: (path) => program().getSourceFile(join(root, path)),
  };
}

/** Gives a path relative to the root; undefined for one that lies outside. */
export function inside(root: string, file: string): string | undefined {
  return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : undefined;
}

function hostOf(project: ScriptProject, options: ServiceOptions): ts.LanguageServiceHost {
  const { typescript, files } = options;
  const { root } = files;
  const { sys } = typescript;
  const textOf = (file: string): string | undefined => {
    const path = inside(root, file);
    return path === undefined || path.includes('node_modules/') ? sys.readFile(file) : files.text(path);
  };
  const exists = (file: string): boolean => {
    const path = inside(root, file);
    return (path === undefined ? undefined : files.plannedThere(path)) ?? sys.fileExists(file);
  };
  return {
    getCompilationSettings: () => project.options,
    getScriptFileNames: () => rootNames(project, files),
    getScriptVersion: (file) => String(files.version(inside(root, file) ?? '')),
    getScriptSnapshot(file) {
      const text = textOf(file);
      return text === undefined ? undefined : typescript.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: (given) => typescript.getDefaultLibFilePath(given),
    useCaseSensitiveFileNames: () => sys.useCaseSensitiveFileNames,
    fileExists: exists,
    readFile: textOf,
    readDirectory: (...words) => sys.readDirectory(...words),
    directoryExists: (folder) => sys.directoryExists(folder) || plannedBelow(files, folder),
    getDirectories: (folder) => sys.getDirectories(folder),
    ...(sys.realpath ? { realpath: sys.realpath } : {}),
    resolveModuleNameLiterals: moduleResolver(project, options, exists),
  };
}

/** The files of the project as they would be: without those taken away, with new ones near its own. */
function rootNames({ roots }: ScriptProject, files: SourceFiles): string[] {
  const names = roots.filter((file) => files.plannedThere(inside(files.root, file) ?? '') !== false);
  const folders = new Set(roots.map((file) => dirname(file)));
  const isNear = (file: string): boolean => {
    for (let folder = dirname(file); folder.length >= files.root.length; folder = dirname(folder)) {
      if (folders.has(folder)) return true;
    }
    return false;
  };
  const known = new Set(names);
  const added = files
    .planned()
    .filter(([path, text]) => text !== null && isScript(path) && files.disk(path) === undefined)
    .map(([path]) => join(files.root, path))
    .filter((file) => !known.has(file) && isNear(file));
  return [...names, ...added];
}

function plannedBelow(files: SourceFiles, folder: string): boolean {
  return files.planned().some(([path, text]) => text !== null && join(files.root, path).startsWith(`${folder}/`));
}

/** Resolves as the compiler does; what leads to built files of this tree, or nowhere, is led to their sources. */
function moduleResolver(
  project: ScriptProject,
  { typescript, files, isOurs, resolve }: ServiceOptions,
  fileExists: (file: string) => boolean,
): NonNullable<ts.LanguageServiceHost['resolveModuleNameLiterals']> {
  const { root } = files;
  const { sys } = typescript;
  const host: ts.ModuleResolutionHost = {
    fileExists,
    readFile: (file) => sys.readFile(file),
    directoryExists: (folder) => sys.directoryExists(folder) || plannedBelow(files, folder),
    getDirectories: (folder) => sys.getDirectories(folder),
    getCurrentDirectory: () => root,
    ...(sys.realpath ? { realpath: sys.realpath } : {}),
  };
  let cache: { readonly at: number; readonly made: ts.ModuleResolutionCache } | undefined;
  const cacheNow = (): ts.ModuleResolutionCache => {
    const at = files.generation();
    if (cache?.at !== at) {
      cache = { at, made: typescript.createModuleResolutionCache(root, (name) => name, project.options) };
    }
    return cache.made;
  };
  return (...[literals, containing, redirected, given, source]) =>
    literals.map((literal) => {
      const mode = typescript.getModeForUsageLocation(source, literal, given);
      const found = typescript.resolveModuleName(
        literal.text,
        containing,
        project.options,
        host,
        cacheNow(),
        redirected,
        mode,
      );
      const file = found.resolvedModule?.resolvedFileName;
      const path = file === undefined ? undefined : inside(root, file);
      if (file !== undefined && (path === undefined || isOurs(path) || files.plannedThere(path) === true)) return found;
      if (path?.includes('node_modules/') || literal.text.startsWith('.')) return found;
      const instead = resolve(inside(root, containing) ?? '', literal.text);
      if (instead === undefined || !isScript(instead) || !fileExists(join(root, instead))) return found;
      return { resolvedModule: resolvedTo(typescript, join(root, instead)) };
    });
}

function resolvedTo(typescript: TypeScript, file: string): ts.ResolvedModuleFull {
  const ending = /(\.d)?\.[cm]?[jt]sx?$/.exec(file)?.[0] ?? typescript.Extension.Ts;
  return { resolvedFileName: file, extension: ending, isExternalLibraryImport: false };
}
