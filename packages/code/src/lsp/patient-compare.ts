import { textOnDisk } from './documents.ts';
import type { EditedFile, EditVerdict } from './edit-problems.ts';
import type { LanguageServers } from './language-servers.ts';

/** Comparisons that go on when nobody waits any more: what is found late is told later, and nothing is lost. */
export interface PatientCompare {
  /** What a comparison came to that nobody waited for; once. */
  found(): EditVerdict | undefined;
  /**
   * Compares texts, together with those that an unfinished comparison still owes an answer for: its work is taken over.
   *
   * @returns `late` when the time was up, `taken over` when another edit came meanwhile.
   */
  compare(files: readonly EditedFile[], options: CompareOptions): Promise<EditVerdict | 'late' | 'taken over'>;
  /** Gives up what is under way. */
  drop(): void;
}

export interface CompareOptions {
  readonly signal: AbortSignal;
  /** Milliseconds to wait for an answer. */
  readonly timeoutMs: number;
  /** Gives files that may feel the change. */
  readonly dependents: (files: readonly EditedFile[], signal: AbortSignal) => Promise<readonly string[]>;
}

interface UnderWay {
  readonly files: readonly EditedFile[];
  readonly stop: AbortController;
  verdict: EditVerdict | undefined;
}

/** A server that reads a project for the first time takes this long at most, in milliseconds. */
const patienceMs = 30_000;

export function patientCompare(servers: LanguageServers): PatientCompare {
  let open: UnderWay | undefined;
  const start = async (own: UnderWay, { signal, timeoutMs, dependents }: CompareOptions): Promise<EditVerdict> => {
    const until = AbortSignal.any([signal, own.stop.signal]);
    const others = await dependents(own.files, until);
    return servers.afterEdit(own.files, {
      dependents: others,
      signal: until,
      timeoutMs: Math.max(timeoutMs, patienceMs),
    });
  };
  return {
    found() {
      const verdict = open?.verdict;
      if (verdict) open = undefined;
      return verdict;
    },
    async compare(files, options) {
      const own: UnderWay = {
        files: open ? together(open.files, files) : files,
        stop: new AbortController(),
        verdict: undefined,
      };
      open?.stop.abort();
      open = own;
      const work = start(own, options).then((verdict) => (own.verdict = verdict));
      work.catch(() => {});
      const late = Promise.withResolvers<'late'>();
      const timer = setTimeout(late.resolve, options.timeoutMs, 'late');
      const answer = await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
      if (own.stop.signal.aborted) return 'taken over';
      if (answer !== 'late' && open === own) open = undefined;
      return answer;
    },
    drop() {
      open?.stop.abort();
      open = undefined;
    },
  };
}

/** Earlier edits with later ones: each file as it was before the first and as it is now. */
function together(earlier: readonly EditedFile[], later: readonly EditedFile[]): readonly EditedFile[] {
  const files = new Map(earlier.map((file) => [file.path, { ...file, after: textOnDisk(file.path) ?? null }]));
  for (const file of later) {
    const before = files.get(file.path);
    files.set(file.path, { ...file, ...(before ? { before: before.before } : {}), after: file.after ?? null });
  }
  return [...files.values()];
}
