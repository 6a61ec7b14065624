import { realpath } from 'node:fs/promises';
import { CapstanError } from '@capstan/sdk/contract';
import { openWorktree, type FileChange } from '@capstan/tools';
import type { CodeIndex } from '../context/code-index.ts';
import { openIndex } from '../context/open-index.ts';
import { counted } from './counted.ts';
import type { RefactorPlan, RefactorRequest } from './refactor-request.ts';
import { planChanges, type Outcome } from './plan-changes.ts';
import { planNamed } from './named/plan-named.ts';
import { planScript } from './script/plan-script.ts';
import { sourceFiles } from './source-files.ts';

export interface RefactorOptions {
  /** The index of the root. Default: it is opened for this and kept nowhere. */
  readonly index?: CodeIndex;
  /** Whether names may change that other packages may use. Default false. */
  readonly public?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Works out a refactor over a whole repository without changing anything. What it gives goes to `worktree.change`, or to
 * `worktree.patches.propose`.
 *
 * TypeScript and JavaScript are changed by TypeScript's language service, over all projects of the tree; names of Python
 * and Go by scopes and imports. The plan is checked before it is given: it parses, names mean what they meant, and there are
 * no new type errors.
 *
 * @param root An existing folder; links are followed.
 * @throws {CapstanError} `conflict` when it cannot be done soundly, with every reason and its place; `not_found` for a
 *   target that is not there; `invalid_config` for one that several declarations fit, or a kind that the language has not;
 *   `path_outside`; `aborted`.
 */
export async function planRefactor(
  root: string,
  request: RefactorRequest,
  options: RefactorOptions = {},
): Promise<RefactorPlan> {
  const { signal } = options;
  const real = await realpath(root).catch(() => root);
  const index = options.index ?? (await openIndex(real, { folder: false, ...(signal ? { signal } : {}) }));
  if (options.index) await index.refresh(signal);
  const files = sourceFiles(index.root);
  const isPublic = options.public === true;
  const paths = request.kind === 'imports' ? (request.paths ?? index.files().map(({ path }) => path)) : [];
  const outcomes: Outcome[] = [];
  if (request.kind === 'imports' || isScriptRequest(request, index)) {
    outcomes.push(await planScript({ index, files, public: isPublic }, request, paths));
  }
  if (request.kind === 'imports' || outcomes.length === 0) {
    outcomes.push(planNamed({ index, files, public: isPublic }, request, paths));
  }
  signal?.throwIfAborted();
  return planned(index.root, { request, outcomes, ...planChanges(files, outcomes) });
}

interface Planned {
  readonly request: RefactorRequest;
  readonly outcomes: readonly Outcome[];
  readonly changes: readonly FileChange[];
  readonly files: RefactorPlan['files'];
}

async function planned(root: string, { request, outcomes, changes, files }: Planned): Promise<RefactorPlan> {
  const tree = await openWorktree(root);
  try {
    const places = files.reduce((sum, file) => sum + file.places, 0);
    const said = [...new Set(outcomes.map(({ summary }) => summary).filter((one) => one !== ''))].join('; ');
    const what = said === '' ? request.kind : said;
    const size = `${counted(places, 'place')} in ${counted(files.length, 'file')}`;
    return {
      kind: request.kind,
      summary: files.length === 0 ? `${what}: nothing to do` : `${what}: ${size}`,
      changes,
      files,
      diff: changes.length === 0 ? '' : await tree.diff(changes),
      warnings: outcomes.flatMap(({ warnings }) => warnings),
      checked: outcomes.flatMap(({ checked }) => checked),
    };
  } finally {
    tree.close();
  }
}

/** Tells by the file that a request speaks of whether TypeScript does it. */
function isScriptRequest(request: Exclude<RefactorRequest, { kind: 'imports' }>, index: CodeIndex): boolean {
  const text = 'target' in request ? request.target : 'path' in request ? request.path : request.from;
  const path = /^(.+?)(?:#.+|:\d+(?::\d+)?)$/.exec(text)?.[1] ?? text;
  if (/\.[cm]?[jt]sx?$/.test(path)) return true;
  if (/\.(pyi?|go)$/.test(path)) return false;
  const declared = index.definitions(text).map((one) => one.path);
  if (declared.length === 0 && /[/\\]/.test(path)) {
    throw new CapstanError('invalid_config', `${path} is no source of TypeScript, JavaScript, Python or Go.`, {
      where: path,
    });
  }
  return declared.length === 0 || declared.some((one) => /\.[cm]?[jt]sx?$/.test(one));
}
