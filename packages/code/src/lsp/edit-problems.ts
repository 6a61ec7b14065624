import { basename, relative, sep } from 'node:path';
import { isCapstanError } from '@capstan/sdk/contract';
import { textOnDisk } from './documents.ts';
import type { LanguageServer, Verdicts } from './language-server.ts';
import { newProblems, problemsIn, type Problem } from './problems.ts';
import type { Berth, ServerPool } from './server-pool.ts';

/** A file that was changed. */
export interface EditedFile {
  /** Absolute. */
  readonly path: string;
  /** Its text before; absent when it was not there. */
  readonly before?: string | undefined;
  /** Its text afterwards, `null` when it is gone. Default: what lies on disk. */
  readonly after?: string | null;
}

/** What edits brought. */
export interface EditVerdict {
  /** Errors and warnings that were not there before. */
  readonly problems: readonly Problem[];
  /** Programs that were not done when the time was up. */
  readonly late: readonly string[];
  /** Why a server could not be asked, in words. */
  readonly failures: readonly string[];
}

export interface AfterEditOptions {
  /** Files that may feel the change, absolute. */
  readonly dependents: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds to wait for the last word. */
  readonly timeoutMs: number;
}

interface Order extends AfterEditOptions {
  readonly root: string;
}

/**
 * Compares what servers say of texts as they were and as they are. The earlier texts lie only in the server's memory, so
 * a server that is started by this very call knows what was wrong before, too.
 */
export async function editProblems(pool: ServerPool, files: readonly EditedFile[], order: Order): Promise<EditVerdict> {
  const groups = new Map<Berth, EditedFile[]>();
  for (const file of files) {
    const berth = pool.berthFor(file.path);
    groups.set(berth, [...(groups.get(berth) ?? []), file]);
  }
  const verdicts = await Promise.all([...groups].map(([berth, edited]) => compare(pool, berth, { edited, order })));
  return {
    problems: verdicts.flatMap(({ problems }) => problems),
    late: verdicts.flatMap(({ late }) => late),
    failures: verdicts.flatMap(({ failures }) => failures),
  };
}

async function compare(
  pool: ServerPool,
  berth: Berth,
  { edited, order }: { readonly edited: readonly EditedFile[]; readonly order: Order },
): Promise<EditVerdict> {
  const late = AbortSignal.timeout(order.timeoutMs);
  const until = AbortSignal.any([order.signal, late]);
  const program = basename(berth.found.program);
  const own = new Set(edited.map(({ path }) => path));
  const others = order.dependents.filter((path) => !own.has(path) && isOf(pool, berth, path));
  try {
    const action = (server: LanguageServer) => compareWith(server, { edited, others, order, until });
    return await pool.use(berth, { signal: until, holding: own }, action);
  } catch (error) {
    if (late.aborted) return { problems: [], late: [program], failures: [] };
    const why = error instanceof Error ? error.message : String(error);
    return { problems: [], late: [], failures: [isCapstanError(error) ? why : `${program} failed: ${why}`] };
  }
}

interface Comparison {
  readonly edited: readonly EditedFile[];
  readonly others: readonly string[];
  readonly order: Order;
  readonly until: AbortSignal;
}

async function compareWith(server: LanguageServer, { edited, others, order, until }: Comparison): Promise<EditVerdict> {
  const all = [...edited.map(({ path }) => path), ...others];
  const shown = (path: string): string => relative(order.root, path).split(sep).join('/');
  const state = (verdicts: Verdicts): ReadonlyMap<string, State> =>
    new Map(all.flatMap((path) => stateOf(server, path, { shown: shown(path), verdicts })));
  try {
    for (const path of others) server.put(path, undefined);
    for (const { path, before } of edited) if (before !== undefined) server.put(path, before);
    const were = await server.diagnose(all, until);
    const before = state(were);
    for (const file of edited) giveAfter(server, file);
    const are = await server.diagnose(all, until);
    const after = state(are);
    const problems = [...after].flatMap(([path, now]) => {
      if (were.unfinished.includes(path) || are.unfinished.includes(path)) return [];
      return newProblems(before.get(path) ?? { text: '', problems: [] }, now);
    });
    const serious = problems.filter(({ severity }) => severity === 'error' || severity === 'warning');
    const unfinished = were.unfinished.length + are.unfinished.length > 0;
    return { problems: serious, late: unfinished ? [server.name] : [], failures: [] };
  } finally {
    // Whatever happened, the server shall not go on with a text that is past.
    for (const { path } of edited)
      if (server.documents.get(path)?.lines.text !== textOnDisk(path)) server.put(path, undefined);
  }
}

function giveAfter(server: LanguageServer, { path, after }: EditedFile): void {
  if (after === null) server.forget(path);
  else server.put(path, after === textOnDisk(path) ? undefined : after);
}

interface State {
  readonly text: string;
  readonly problems: readonly Problem[];
}

function stateOf(
  server: LanguageServer,
  path: string,
  { shown, verdicts }: { readonly shown: string; readonly verdicts: Verdicts },
): [string, State][] {
  const document = server.documents.get(path);
  if (!document) return [];
  const { lines } = document;
  const { encoding } = server.capabilities;
  const problems = problemsIn(shown, verdicts.found.get(path) ?? [], { lines, encoding });
  return [[path, { text: lines.text, problems }]];
}

function isOf(pool: ServerPool, berth: Berth, path: string): boolean {
  try {
    return pool.berthFor(path) === berth;
  } catch {
    return false;
  }
}
