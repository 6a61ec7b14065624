import { realpathSync } from 'node:fs';
import { delimiter, isAbsolute, relative, sep } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { cleanEnvironment } from '../shell/environment.ts';
import { runProcess, type ProcessResult } from '../shell/run-process.ts';
import { neutralWords, parseSettings } from './neutral-config.ts';

/** git in one work tree. */
export interface Git {
  /** Absolute, links followed. */
  readonly root: string;
  /**
   * Runs git with the repository's own programs switched off.
   *
   * @throws {CapstanError} `tool_failed` with git's words when it fails, `not_found` where there is no repository,
   *   `path_outside` for one whose files lie elsewhere.
   */
  run(words: readonly string[], options?: GitRunOptions): Promise<string>;
  /** As `run`, but a failing exit code is given back. */
  attempt(words: readonly string[], options?: GitRunOptions): Promise<ProcessResult>;
}

export interface GitRunOptions {
  readonly signal?: AbortSignal;
  readonly input?: string | Uint8Array;
  /** `run` lets the hooks of the repository run; they are off by default. */
  readonly hooks?: 'run' | 'off';
  readonly onOutput?: (chunk: Buffer) => void;
  /** Default 60,000. */
  readonly timeoutMs?: number;
}

export interface GitOptions {
  /** Environment to clean and hand on. Default: this process's own, read at each call. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const limits = { processes: 512 };

/** Makes git for a work tree. Nothing is run yet. */
export function openGit(root: string, { env }: GitOptions = {}): Git {
  const attempt = async (words: readonly string[], options: GitRunOptions = {}): Promise<ProcessResult> => {
    const environment = gitEnvironment(env ?? process.env, root);
    const start = { cwd: root, env: environment, ...(options.signal ? { signal: options.signal } : {}) };
    const neutral = await neutralise(start);
    const hooks = options.hooks === 'run' ? [] : ['-c', 'core.hooksPath=/dev/null'];
    return runProcess({
      ...start,
      // A stash of new files uses patterns of its own.
      argv: [
        'git',
        '--no-pager',
        ...(words.includes('--') ? ['--literal-pathspecs'] : []),
        ...neutral,
        ...hooks,
        ...words,
      ],
      limits: { ...limits, timeoutMs: options.timeoutMs ?? 60_000 },
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.onOutput ? { onOutput: options.onOutput } : {}),
    });
  };
  const run = async (words: readonly string[], options: GitRunOptions = {}): Promise<string> => {
    const result = await attempt(words, options);
    if (result.exitCode === 0) return result.stdout;
    throw failure(words, result);
  };
  return { root, run, attempt };
}

/** Says what went wrong with a git command, in git's words. */
export function failure(words: readonly string[], { reason, stderr, stdout, exitCode }: ProcessResult): CapstanError {
  if (reason === 'aborted') return new CapstanError('aborted', `git ${words[0]} was stopped.`);
  if (reason !== 'exited') return new CapstanError('tool_failed', `git ${words[0]} was stopped: ${reason}.`);
  const said = (stderr.trim() || stdout.trim()).slice(0, 4_000);
  return new CapstanError(
    'tool_failed',
    `git ${words[0]} failed (exit code ${exitCode}): ${said || 'it gave no reason'}`,
  );
}

/**
 * Refuses a word that git would take for an option.
 *
 * @throws {CapstanError} `tool_failed`
 */
export function notAnOption(word: string): string {
  if (!word.startsWith('-') && !word.includes('\0') && word !== '') return word;
  throw new CapstanError(
    'tool_failed',
    `"${word}" is not a name of a branch, commit or stash. Names do not begin with "-".`,
    { where: word },
  );
}

interface Start {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly signal?: AbortSignal;
}

async function neutralise(start: Start): Promise<string[]> {
  const words = ['-c', 'core.fsmonitor=false', '-c', 'safe.bareRepository=explicit'];
  const [config, place] = await Promise.all([
    runProcess({ ...start, argv: ['git', 'config', '--list', '--show-scope', '-z'], limits: { timeoutMs: 10_000 } }),
    runProcess({ ...start, argv: ['git', ...words, 'rev-parse', '--show-toplevel'], limits: { timeoutMs: 10_000 } }),
  ]);
  if (place.exitCode !== 0) throw noRepository(start.cwd, place.stderr);
  if (config.exitCode !== 0) throw noRepository(start.cwd, config.stderr);
  assertOwnTree(start.cwd, place.stdout.replace(/\n$/, ''));
  return neutralWords(parseSettings(config.stdout));
}

// `core.worktree` in a repository's settings can point git at any folder of the machine.
function assertOwnTree(root: string, toplevel: string): void {
  const way = relative(realpathSync(toplevel), root);
  if (way !== '..' && !way.startsWith(`..${sep}`)) return;
  throw new CapstanError(
    'path_outside',
    `The repository in ${root} says that its files lie in ${toplevel}. Mend core.worktree in its configuration.`,
    { where: toplevel },
  );
}

function noRepository(root: string, said: string): CapstanError {
  const line = said.trim().split('\n')[0] ?? '';
  if (/dubious ownership/.test(said)) {
    return new CapstanError(
      'tool_failed',
      `git does not trust ${root}, which belongs to another user. Ask the user to run: git config --global --add safe.directory ${root}`,
      { where: root },
    );
  }
  return new CapstanError('not_found', `${root} is in no git repository that can be used: ${line}`, { where: root });
}

// A repository can bring a program named git along, and a script of a package puts such programs in front.
function outside(path: string, root: string): string {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.filter((folder) => relative(root, folder).startsWith('..')).join(delimiter);
}

const kept =
  /^GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)$|^GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)$|^GIT_CEILING_DIRECTORIES$/;

// Variables of git can point it at another repository or name a program to run.
function gitEnvironment(source: Readonly<Record<string, string | undefined>>, root: string): Record<string, string> {
  const entries = Object.entries(cleanEnvironment(source)).filter(
    ([name]) => !name.startsWith('GIT_') || kept.test(name),
  );
  return {
    ...Object.fromEntries(entries),
    PATH: outside(source.PATH ?? '', root),
    LC_ALL: 'C.UTF-8',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    GIT_PAGER: 'cat',
    // No command here goes to the network; a repository may say that missing objects come from a program.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
  };
}
