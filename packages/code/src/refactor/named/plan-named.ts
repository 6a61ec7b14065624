import { CapstanError } from '@capstan/sdk/contract';
import type { CodeIndex } from '../../context/code-index.ts';
import { findTarget } from '../find-target.ts';
import type { Outcome } from '../plan-changes.ts';
import type { RefactorRequest } from '../refactor-request.ts';
import type { SourceFiles } from '../source-files.ts';
import { namedRename } from './named-rename.ts';
import { organiseNamed } from './organise-named.ts';
import { renameGo } from './rename-go.ts';
import { renamePython } from './rename-python.ts';

interface NamedGround {
  readonly index: CodeIndex;
  readonly files: SourceFiles;
  /** Names may change that other packages may use. */
  readonly public: boolean;
}

/**
 * Plans a refactor of Python or Go into the files.
 *
 * @param paths Files whose imports are to be organised.
 * @throws {CapstanError} `invalid_config` for what these languages have not here.
 */
export function planNamed(ground: NamedGround, request: RefactorRequest, paths: readonly string[]): Outcome {
  const { index, files, public: isPublic } = ground;
  if (request.kind === 'imports') return organiseNamed(index, files, paths);
  if (request.kind === 'rename') {
    const target = findTarget(request.target, index, files);
    const rename = namedRename({ index, files, isPublic }, target, request.name);
    return target.path.endsWith('.go') ? renameGo(rename) : renamePython(rename);
  }
  throw new CapstanError(
    'invalid_config',
    `${request.kind} is there for TypeScript and JavaScript; Python and Go have rename and imports.`,
    {
      where: request.kind,
    },
  );
}
