import type { CodeIndex } from '../../context/code-index.ts';
import { findTarget } from '../find-target.ts';
import type { Outcome } from '../plan-changes.ts';
import type { RefactorRequest } from '../refactor-request.ts';
import type { SourceFiles } from '../source-files.ts';
import { treePath } from '../tree-path.ts';
import { exportScript } from './export-script.ts';
import { extractScript } from './extract-script.ts';
import { organiseScript } from './imports-script.ts';
import { inlineScript } from './inline-script.ts';
import { loadTypeScript } from './load-typescript.ts';
import { moveFile } from './move-file.ts';
import { moveScript } from './move-script.ts';
import { renameScript } from './rename-script.ts';
import { scriptWorkspace, type ScriptWorkspace } from './script-workspace.ts';
import { splitScript } from './split-script.ts';

/** What all refactors work with. */
export interface Ground {
  readonly index: CodeIndex;
  readonly files: SourceFiles;
  /** Names may change that other packages may use. */
  readonly public: boolean;
}

/**
 * Plans a refactor of TypeScript or JavaScript into the files.
 *
 * @param paths Files whose imports are to be organised.
 */
export async function planScript(ground: Ground, request: RefactorRequest, paths: readonly string[]): Promise<Outcome> {
  const { index, files } = ground;
  const typescript = await loadTypeScript(index.root);
  const work = scriptWorkspace({ typescript, files, index });
  try {
    return outcomeOf(work, request, { isPublic: ground.public, paths });
  } finally {
    work.close();
  }
}

interface Wish {
  readonly isPublic: boolean;
  readonly paths: readonly string[];
}

function outcomeOf(work: ScriptWorkspace, request: RefactorRequest, { isPublic, paths }: Wish): Outcome {
  const { index, files } = work;
  const target = (text: string) => findTarget(text, index, files);
  const pathOf = (path: string) => treePath(files.root, path);
  switch (request.kind) {
    case 'rename': {
      const { name, comments = false } = request;
      return renameScript(work, target(request.target), { name, comments, public: isPublic });
    }
    case 'extract':
      return extractScript(work, { ...request, path: pathOf(request.path) });
    case 'inline':
      return inlineScript(work, target(request.target), isPublic);
    case 'move':
      return moveScript(work, { target: target(request.target), to: pathOf(request.to), isPublic });
    case 'move-file':
      return moveFile(work, { from: pathOf(request.from), to: pathOf(request.to), isPublic });
    case 'split':
      return splitScript(work, pathOf(request.path), isPublic);
    case 'export': {
      if (request.to === 'named') return exportScript(work, { path: pathOf(request.target), to: 'named', isPublic });
      const { path, offset } = target(request.target);
      return exportScript(work, { path, offset, to: 'default', isPublic });
    }
    case 'imports':
      return organiseScript(work, paths, isPublic);
  }
}
