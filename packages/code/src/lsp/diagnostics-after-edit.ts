import type { Hook, HookContext, ToolMessage } from '@capstan/sdk/contract';
import { textOnDisk } from './documents.ts';
import type { EditedFile, EditVerdict } from './edit-problems.ts';
import type { LanguageServers, RunEffect } from './language-servers.ts';
import { patientCompare } from './patient-compare.ts';
import { printProblems } from './problems.ts';

export interface DiagnosticsAfterEditOptions {
  /**
   * Tells whether a server may be started because a file of its language is edited. What is started is declared with the
   * edit. Default: never; then only servers that a tool has started speak.
   */
  readonly mayStart?: (start: RunEffect) => boolean | Promise<boolean>;
  /** Gives the files that may feel a change of some files, absolute. Default: none besides those that servers have open. */
  readonly dependents?: (paths: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;
  /** Tells which files may be spoken of, by their path relative to the root. Default: all. */
  readonly mask?: (path: string) => boolean;
  /** Milliseconds that an edit may take longer. What is known later is told with a later result. Default 2,000. */
  readonly timeoutMs?: number;
  /** Most problems that are told after one edit. Default 10. */
  readonly maxProblems?: number;
}

/** A call that is about to write, and the texts as they were. */
interface Capture {
  readonly at: number;
  readonly texts: ReadonlyMap<string, string | undefined>;
}

/** Calls and files that are remembered. */
const maxKept = 200;
const maxDependents = 20;

/**
 * Makes the hook that tells the model which errors and warnings an edit brought: after each call that wrote files of a
 * language with a server, what was not wrong before is added to the result. An edit that brought none is left as it is.
 * What a server finds when nobody waits any more is added to the next result, of whatever call.
 */
export function diagnosticsAfterEdit(servers: LanguageServers, options: DiagnosticsAfterEditOptions = {}): Hook {
  const { mayStart = () => false, dependents, mask = () => true, timeoutMs = 2_000, maxProblems = 10 } = options;
  const captures = new Map<string, Capture>();
  /** What files were like when problems in them were told last. */
  const told = new Map<string, { readonly at: number; readonly text: string | undefined }>();
  const failuresTold = new Set<string>();
  /** Sessions that took in text of strangers: there a start might be asked about, and an edit is not to wait for that. */
  const wary = new Set<string>();
  const comparing = patientCompare(servers);
  let clock = 0;

  const inWords = (verdict: EditVerdict, heading: string): string => {
    const problems = verdict.problems.filter(({ path }) => mask(path));
    return words({ ...verdict, problems }, { heading, maxProblems, failuresTold });
  };

  const tell = async (capture: Capture, paths: readonly string[], signal: AbortSignal): Promise<string> => {
    const files = paths.flatMap((path): EditedFile[] => {
      const last = told.get(path);
      // Another call wrote it since this one was decided, and told of what came of that.
      const before = last && last.at > capture.at ? last.text : capture.texts.get(path);
      const now = textOnDisk(path);
      told.delete(path);
      told.set(path, { at: (clock += 1), text: now });
      return before === now ? [] : [{ path, before, after: now ?? null }];
    });
    dropOldest(told);
    if (files.length === 0) return '';
    const verdict = await comparing.compare(files, { signal, timeoutMs, dependents: relatedTo });
    if (verdict === 'taken over') return '';
    if (verdict !== 'late') return inWords(verdict, 'New problems since this edit:');
    const names = servers
      .status()
      .flatMap(({ running, command }) => (running.length > 0 && command ? command.split(' ', 1) : []));
    const who = names.join(' and ') || 'The language server';
    return `[${who} was not done within ${timeoutMs / 1_000} s; what it finds is told with a later result]`;
  };

  const allowed = async (start: RunEffect): Promise<boolean> => {
    try {
      return await mayStart(start);
    } catch {
      return false;
    }
  };

  const relatedTo = async (files: readonly EditedFile[], signal: AbortSignal): Promise<readonly string[]> => {
    const paths = files.map(({ path }) => path);
    const late = Promise.withResolvers<readonly string[]>();
    const timer = setTimeout(late.resolve, timeoutMs / 2, []);
    const found = dependents?.(paths, signal).catch(() => []) ?? Promise.resolve([]);
    const related = await Promise.race([found, late.promise]).finally(() => clearTimeout(timer));
    return [...new Set([...related, ...servers.openFiles()])].slice(0, maxDependents);
  };

  return {
    name: 'diagnostics-after-edit',
    timeoutMs: timeoutMs + 8_000,
    async beforeDecision({ callId, effects }, { sessionId }) {
      const paths = writtenPaths(effects).filter((path) => servers.covers(path));
      if (paths.length === 0) return undefined;
      const starts = servers.starts(paths);
      if (starts.length > 0 && wary.has(rootOf(sessionId))) return undefined;
      for (const start of starts) if (!(await allowed(start))) return undefined;
      captures.set(keyOf(sessionId, callId), {
        at: clock,
        texts: new Map(paths.map((path) => [path, textOnDisk(path)])),
      });
      dropOldest(captures);
      return starts;
    },
    async afterTool(result, { sessionId, signal }) {
      const key = keyOf(sessionId, result.callId);
      const capture = captures.get(key);
      captures.delete(key);
      if (result.parts.some(isUntrusted)) wary.add(rootOf(sessionId));
      const found = comparing.found();
      const earlier = found ? inWords(found, 'New problems since an earlier edit:') : '';
      if (!capture || result.failed) return earlier === '' ? undefined : withText(result, earlier);
      // An edit that is done does not fail because nobody can say what came of it.
      const text = await tell(capture, [...capture.texts.keys()], signal).catch((error: unknown) =>
        unsaid(error instanceof Error ? error.message : String(error)),
      );
      const all = [earlier, text].filter((each) => each !== '').join('\n');
      return all === '' ? undefined : withText(result, all);
    },
    afterRun(_, { sessionId }) {
      if (rootOf(sessionId) === sessionId) comparing.drop();
    },
  };
}

/** Sub-agents share the hook, and models number their calls alike. */
function keyOf(sessionId: string, callId: string): string {
  return `${sessionId}\0${callId}`;
}

/** A sub-agent's session is named after the one it serves. */
function rootOf(sessionId: string): string {
  return sessionId.split('.')[0] ?? sessionId;
}

/** The mark that results of untrusted tools carry. */
function isUntrusted(part: ToolMessage['parts'][number]): boolean {
  return part.type === 'text' && part.text.startsWith('<untrusted source=');
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= maxKept) return;
    map.delete(key);
  }
}

function writtenPaths(effects: HookContext['effects'] = []): string[] {
  return effects.flatMap((effect) =>
    effect.kind === 'write' && (effect.extent ?? 'file') === 'file' ? [effect.path] : [],
  );
}

function withText(result: ToolMessage, text: string): ToolMessage {
  return { ...result, parts: [...result.parts, { type: 'text', text }] };
}

function unsaid(why: string): string {
  return `[No diagnostics: ${why}]`;
}

interface Wording {
  readonly heading: string;
  readonly maxProblems: number;
  readonly failuresTold: Set<string>;
}

function words({ problems, late, failures }: EditVerdict, { heading, maxProblems, failuresTold }: Wording): string {
  const fresh = failures.filter((failure) => !failuresTold.has(failure));
  fresh.forEach((failure) => failuresTold.add(failure));
  return [
    ...(problems.length === 0 ? [] : [heading, ...printProblems(problems, maxProblems)]),
    ...late.map((name) => `[${name} did not come to an end; call diagnostics to see what is wrong now]`),
    ...fresh.map(unsaid),
  ].join('\n');
}
