import { join } from 'node:path';
import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { applyRefactor } from '../refactor/apply-refactor.ts';
import { planRefactor } from '../refactor/plan-refactor.ts';
import type { RefactorPlan, RefactorRequest } from '../refactor/refactor-request.ts';
import { inputSchema, openedOnce, type CodeToolsOptions } from './opened-index.ts';

interface Input {
  readonly kind: RefactorRequest['kind'];
  readonly target?: string;
  readonly name?: string;
  readonly to?: string;
  readonly dry_run?: boolean;
}

/**
 * Makes `refactor`, which renames, extracts, inlines, moves and splits code as one patch. Its effects are the files that it
 * would write, found by working the change out; a dry run only reads them.
 */
export function refactorTool(worktree: Worktree, options: CodeToolsOptions = {}): Tool {
  const opened = openedOnce(worktree.root, options);
  const plans = new Map<string, Promise<RefactorPlan>>();
  const planOf = (input: Input, signal: AbortSignal): Promise<RefactorPlan> => {
    const key = JSON.stringify({ ...input, dry_run: false });
    const known = plans.get(key);
    if (known) return known;
    const made = opened
      .current(signal)
      .then((index) => planRefactor(worktree.root, requestOf(input), { index, signal }));
    plans.clear();
    plans.set(key, made);
    made.catch(() => plans.delete(key));
    return made;
  };
  const tool: Tool<Input> = {
    name: 'refactor',
    description:
      'Changes code without changing what it does, with all that uses it, as one patch; refuses with reasons what it cannot do soundly. rename: target, name. extract: target FILE:LINE:COL-LINE:COL, name, to "function" or "variable". inline: target. move: target, to FILE. move-file: target FILE, to FILE. split: target FILE. export: target, to "named" or "default". imports: target FILE. rename and imports also for Python and Go, all else for TypeScript and JavaScript. A target is FILE:LINE:COL, FILE#name, FILE#Class.member or a name declared once. Try dry_run first.',
    input: inputSchema(
      {
        kind: {
          type: 'string',
          enum: ['rename', 'extract', 'inline', 'move', 'move-file', 'split', 'export', 'imports'],
        },
        target: { type: 'string', minLength: 1, description: 'What to change.' },
        name: { type: 'string', minLength: 1, description: 'The new name.' },
        to: { type: 'string', minLength: 1, description: 'Where to, or into what.' },
        dry_run: { type: 'boolean', description: 'Only show the change.' },
      },
      ['kind'],
    ),
    async effects(input, { signal }) {
      const root = { kind: 'read', path: worktree.root, extent: 'tree' } as const;
      // What cannot be planned changes nothing; the call then says why.
      const plan = await planOf(input, signal).catch(() => undefined);
      const paths = plan?.files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])) ?? [];
      const kind = input.dry_run ? 'read' : 'write';
      return [root, ...paths.map((path) => ({ kind, path: join(worktree.root, path) }) as const)];
    },
    async preview(input) {
      const { diff } = await planOf(input, new AbortController().signal);
      return { kind: 'diff', diff };
    },
    async execute(input, context) {
      const { signal, runId, callId } = context;
      const plan = await planOf(input, signal);
      plans.clear();
      if (input.dry_run) return told(plan, plan.diff.slice(0, 12_000));
      const { patch, lint } = await applyRefactor(worktree, plan, {
        origin: { runId, callId, signal },
        signal,
        lint: false,
      });
      if (patch.files.length > 0) context.patched(patch);
      return told(plan, [...lint.map(({ message }) => message), 'Done.'].join('\n'));
    },
  };
  return tool as Tool;
}

function told({ summary, warnings, checked, files }: RefactorPlan, rest: string): string {
  const rows = files.map(({ path, change, from }) => `  ${change} ${from === undefined ? '' : `${from} → `}${path}`);
  return [
    summary,
    ...rows,
    ...checked.map((one) => `checked: ${one}`),
    ...warnings.map((one) => `look: ${one}`),
    rest,
  ].join('\n');
}

function requestOf({ kind, target = '', name = '', to = '' }: Input): RefactorRequest {
  const need = (value: string, field: string): string => {
    if (value !== '') return value;
    throw new CapstanError('invalid_config', `${kind} needs ${field}.`, { where: field });
  };
  switch (kind) {
    case 'rename':
      return { kind, target: need(target, 'target'), name: need(name, 'name') };
    case 'inline':
      return { kind, target: need(target, 'target') };
    case 'move':
      return { kind, target: need(target, 'target'), to: need(to, 'to') };
    case 'move-file':
      return { kind, from: need(target, 'target'), to: need(to, 'to') };
    case 'split':
      return { kind, path: need(target, 'target') };
    case 'export':
      return { kind, target: need(target, 'target'), to: oneOf(need(to, 'to'), ['named', 'default']) };
    case 'imports':
      return { kind, paths: [need(target, 'target')] };
    case 'extract':
      return {
        kind,
        ...rangeOf(need(target, 'target')),
        name: need(name, 'name'),
        what: oneOf(to === '' ? 'function' : to, ['function', 'variable']),
      };
  }
}

function oneOf<const T extends string>(value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new CapstanError('invalid_config', `to is one of ${known.join(', ')}.`, { where: 'to' });
}

function rangeOf(text: string) {
  const [, path, ...numbers] = /^(.+):(\d+):(\d+)-(\d+):(\d+)$/.exec(text) ?? [];
  const [line = 0, column = 0, endLine = 0, endColumn = 0] = numbers.map(Number);
  if (path !== undefined) return { path, from: { line, column }, to: { line: endLine, column: endColumn } };
  throw new CapstanError('invalid_config', 'The target of extract is FILE:LINE:COLUMN-LINE:COLUMN.', {
    where: 'target',
  });
}
