import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import type { CodeIndex } from '../../context/code-index.ts';
import { treeFiles } from '../../index/config-files.ts';
import { scriptResolver } from '../../index/resolve-script.ts';
import { refuse, type Obstacle } from '../obstacle.ts';
import type { SourceFiles } from '../source-files.ts';
import type { TypeScript } from './load-typescript.ts';
import { isScriptPath, scriptProjects, type ScriptProject } from './script-projects.ts';
import { wordsPattern } from './words-pattern.ts';
import { openService, type ScriptService } from './script-service.ts';

/** All projects of a tree. Their language services are opened when they are needed. */
export interface ScriptWorkspace {
  readonly typescript: TypeScript;
  readonly files: SourceFiles;
  readonly index: CodeIndex;
  /** Every script of the tree, those made by tools among them. */
  readonly paths: readonly string[];
  readonly generated: ReadonlySet<string>;
  /** Projects of which a source has one of these words. */
  withWords(words: readonly string[]): readonly ScriptService[];
  /** Projects that read a file: those that name it, and those that import it. */
  reading(path: string): readonly ScriptService[];
  /** The project that names a file. */
  homeOf(path: string): ScriptService;
  all(): readonly ScriptService[];
  close(): void;
}

export interface WorkspaceOptions {
  readonly typescript: TypeScript;
  readonly files: SourceFiles;
  readonly index: CodeIndex;
}

/** Opens the projects of a tree. */
export function scriptWorkspace({ typescript, files, index }: WorkspaceOptions): ScriptWorkspace {
  const skipped = index.skipped();
  const known = new Set([...index.files().map(({ path }) => path), ...skipped.map(({ path }) => path)]);
  const projects = scriptProjects(typescript, files.root, [...known].toSorted());
  const options = {
    typescript,
    files,
    isOurs: (path: string) => known.has(path),
    resolve: resolverOf(files.root, known),
    registry: typescript.createDocumentRegistry(typescript.sys.useCaseSensitiveFileNames, files.root),
  };
  const opened = new Map<ScriptProject, ScriptService>();
  const open = (project: ScriptProject): ScriptService => {
    const service = opened.get(project) ?? openService(project, options);
    opened.set(project, service);
    return service;
  };
  const withWords = (words: readonly string[]): readonly ScriptService[] => {
    const pattern = wordsPattern(words);
    const has = (file: string): boolean => pattern.test(files.text(file.slice(files.root.length + 1)) ?? '');
    return projects.filter(({ roots }) => roots.some(has)).map(open);
  };
  return {
    typescript,
    files,
    index,
    paths: [...known].filter(isScriptPath).toSorted(),
    generated: new Set(skipped.filter(({ reason }) => reason !== 'too large').map(({ path }) => path)),
    withWords,
    reading: (path) => projects.map(open).filter((one) => one.source(path) !== undefined),
    homeOf(path) {
      const home = projects.find(({ roots }) => roots.includes(join(files.root, path)));
      if (home) return open(home);
      return refuse(`change ${path}`, { reason: 'not ours', where: path, what: 'no script of this repository' });
    },
    all: () => projects.map(open),
    close() {
      for (const { service } of opened.values()) service.dispose();
    },
  };
}

function resolverOf(root: string, known: ReadonlySet<string>): (from: string, specifier: string) => string | undefined {
  let made: ReturnType<typeof scriptResolver> | undefined;
  return (from, specifier) => {
    made ??= scriptResolver(treeFiles(root, known));
    return made(from, specifier)[0];
  };
}

/** Finds files that the compiler cannot read, of which no change is certain. */
export function syntaxObstacles(services: readonly ScriptService[], paths: Iterable<string>): readonly Obstacle[] {
  const found = new Map<string, Obstacle>();
  for (const path of paths) {
    for (const { program, source } of services) {
      const file = source(path);
      if (!file || found.has(path)) continue;
      const [first] = program().getSyntacticDiagnostics(file);
      if (first) found.set(path, syntaxObstacle(path, file, first));
    }
  }
  return [...found.values()];
}

function syntaxObstacle(path: string, file: ts.SourceFile, { start = 0, messageText }: ts.Diagnostic): Obstacle {
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  const message = typeof messageText === 'string' ? messageText : messageText.messageText;
  return { reason: 'syntax error', where: `${path}:${line + 1}:${character + 1}`, what: message };
}
