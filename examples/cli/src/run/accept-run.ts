import { isCapstanError, type RunResult } from '@capstan/sdk/contract';
import type { SandboxOptions, TestReport } from '@capstan/tools';
import type { Acceptance } from '../project/recipe.ts';
import { plural } from '../render/amounts.ts';

/** Whether something that was to hold does. */
export interface Accepted {
  readonly what: Acceptance;
  /** `undefined` where nobody can tell: the repository has no tests, say. */
  readonly holds: boolean | undefined;
  /** In words, with what is wrong. */
  readonly why: string;
}

export interface AcceptOptions {
  readonly root: string;
  readonly result: RunResult;
  readonly sandbox?: SandboxOptions | undefined;
  readonly signal: AbortSignal;
}

/** Sees whether a run did what was to hold at its end. Tests and checks are run here, not believed. */
export async function acceptRun(wanted: readonly Acceptance[], options: AcceptOptions): Promise<Accepted[]> {
  const found: Accepted[] = [];
  for (const what of wanted) found.push(await accept(what, options));
  return found;
}

async function accept(what: Acceptance, options: AcceptOptions): Promise<Accepted> {
  const { patches, text } = options.result;
  switch (what) {
    case 'words':
      return {
        what,
        holds: text.trim() !== '',
        why: text.trim() === '' ? 'no answer was given' : 'an answer was given',
      };
    case 'changed':
      return { what, holds: patches.length > 0, why: `${plural(patches.length, 'patch')} made` };
    case 'unchanged':
      return { what, holds: patches.length === 0, why: `${plural(patches.length, 'patch')} made` };
    case 'tests':
      return orUnknown(what, () => tests(options));
    case 'checks':
      return orUnknown(what, () => checks(options));
    default:
      return what satisfies never;
  }
}

async function tests({ root, sandbox, signal }: AcceptOptions): Promise<Accepted> {
  const { runTests } = await import('@capstan/tools');
  const report = await runTests(root, { folder: root }, { signal, ...(sandbox ? { sandbox } : {}) });
  return { what: 'tests', holds: report.passed, why: testWords(report) };
}

function testWords({ tests: all, errors, output, passed }: TestReport): string {
  const failed = all.filter(({ status }) => status === 'failed');
  if (passed) return `${plural(all.length, 'test')} passed`;
  const lines = [
    ...failed.map(({ suite, test, file, line, message }) => {
      const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
      return `${[...suite, test].join(' > ')}${place}: ${message ?? ''}`.trim();
    }),
    ...errors.map(({ file, message }) => `${file ?? 'the runner'}: ${message}`),
  ];
  const told = lines.length === 0 ? output.slice(-2000) : lines.slice(0, 10).join('\n').slice(0, 4000);
  return `${failed.length} of ${plural(all.length, 'test')} failed\n${told}`;
}

async function checks({ root, sandbox, signal }: AcceptOptions): Promise<Accepted> {
  const { runChecks } = await import('@capstan/tools');
  const reports = await runChecks(root, { folder: root }, { signal, ...(sandbox ? { sandbox } : {}) });
  const found = reports.flatMap(({ diagnostics }) => diagnostics);
  const errors = found.filter(({ severity }) => severity === 'error');
  const lines = errors.slice(0, 10).map(({ file, line, message }) => `${file ?? ''}:${line ?? ''} ${message}`);
  const why =
    errors.length === 0 ? 'the checks found nothing' : `${plural(errors.length, 'finding')}\n${lines.join('\n')}`;
  return { what: 'checks', holds: errors.length === 0, why };
}

/** A repository without tests cannot fail them; that is said, and is no reason to refuse the work. */
async function orUnknown(what: Acceptance, look: () => Promise<Accepted>): Promise<Accepted> {
  try {
    return await look();
  } catch (cause) {
    if (!isCapstanError(cause) || cause.code === 'aborted') throw cause;
    return { what, holds: cause.code === 'not_found' ? undefined : false, why: cause.message };
  }
}
