import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import { offsetAt, placeOf } from '../find-target.ts';
import { refuse } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import type { ExtractRequest } from '../refactor-request.ts';
import { openArrow } from './arrow-body.ts';
import { rememberBefore } from './check-planned.ts';
import { weightBefore, weightOf } from './evaluation.ts';
import { gatherEdits, putEdits, type GatheredEdits } from './put-edits.ts';
import { renameScript } from './rename-script.ts';
import { nodeAt } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import { serviceEdits } from './service-edits.ts';
import type { ScriptWorkspace } from './script-workspace.ts';
import { styleOf } from './text-style.ts';

/**
 * Makes a function or variable of code that is named by where it begins and ends.
 *
 * @throws {CapstanError} `conflict` when it cannot be one, or would be evaluated at another time.
 */
export function extractScript(work: ScriptWorkspace, request: ExtractRequest): Outcome {
  const { files } = work;
  const { path, name, what: kind } = request;
  const what = `extract ${kind} ${name}`;
  const home = work.homeOf(path);
  rememberBefore(work, [path], what);
  const text = files.text(path) ?? '';
  const selected = trimmed(text, offsetAt(path, text, request.from), offsetAt(path, text, request.to));
  const where = placeOf(path, text, selected.pos);
  if (kind === 'variable') refuseMoved(work, home, { path, span: selected, what, where });
  const span = kind === 'variable' ? openArrow(work, path, selected) : selected;
  const action = chosenAction(work, home, { file: join(files.root, path), span, kind });
  if ('why' in action) return refuse(what, { reason: 'unsupported', where, what: action.why });
  const given = serviceEdits(work, home, { path, span, refactor: 'Extract Symbol', action: action.name });
  if ('why' in given || given.renameLocation === undefined) {
    const why = 'why' in given ? given.why : undefined;
    return refuse(what, { reason: 'unsupported', where, what: why ?? 'this code cannot stand alone' });
  }
  const gathered: GatheredEdits = new Map();
  gatherEdits(work, given.edits, { into: gathered, what });
  const places = new Map<string, number>();
  putEdits(work, gathered, { what, places });
  const offset = nameNear(work, home, { path, offset: given.renameLocation });
  if (generatedName(work, home, { path, offset }) === name)
    return checkedAlone(work, { path, name, offset, what, places });
  const renamed = renameScript(work, { path, offset }, { name, comments: false, public: true, what });
  return { ...renamed, summary: what, places };
}

interface Named {
  readonly path: string;
  readonly name: string;
  readonly offset: number;
  readonly what: string;
  readonly places: Map<string, number>;
}

/** The name is the one that the service gave by itself: a rename there and back checks all that a rename checks. */
function checkedAlone(work: ScriptWorkspace, { path, name, offset, what, places }: Named): Outcome {
  renameScript(work, { path, offset }, { name: `${name}_`, comments: false, public: true, what });
  const back = renameScript(work, { path, offset }, { name, comments: false, public: true, what });
  return { ...back, summary: what, places };
}

function trimmed(text: string, pos: number, end: number): ts.TextRange {
  const [from, to] = pos <= end ? [pos, end] : [end, pos];
  const inner = text.slice(from, to);
  const start = from + (inner.length - inner.trimStart().length);
  return { pos: start, end: Math.max(start, to - (inner.length - inner.trimEnd().length)) };
}

interface Wanted {
  readonly file: string;
  readonly span: ts.TextRange;
  readonly kind: ExtractRequest['what'];
}

/** The outermost scope for a function, the innermost for a variable. */
function chosenAction(
  work: ScriptWorkspace,
  { service }: ScriptService,
  { file, span, kind }: Wanted,
): { readonly name: string } | { readonly why: string } {
  const { preferences } = styleOf(work.typescript, '');
  const offered = service.getApplicableRefactors(file, span, preferences, 'invoked', 'refactor.extract');
  const actions = offered.filter(({ name }) => name === 'Extract Symbol').flatMap((one) => one.actions);
  const prefix = kind === 'function' ? 'function_scope_' : 'constant_scope_';
  const fitting = actions.filter(({ name, notApplicableReason }) => name.startsWith(prefix) && !notApplicableReason);
  const numbers = fitting.map(({ name }) => Number(name.slice(prefix.length))).toSorted((one, other) => one - other);
  const number = kind === 'function' ? numbers.at(-1) : numbers[0];
  if (number !== undefined) return { name: `${prefix}${number}` };
  const why = actions.map(({ notApplicableReason }) => notApplicableReason).find((one) => one !== undefined);
  return { why: why ?? `this code cannot become a ${kind}; select whole expressions or statements` };
}

interface Selection {
  readonly path: string;
  readonly span: ts.TextRange;
  readonly what: string;
  readonly where: string;
}

/** A variable is worked out before its statement begins: nothing that matters may come in between. */
function refuseMoved(work: ScriptWorkspace, home: ScriptService, { path, span, what, where }: Selection): void {
  const { typescript } = work;
  const source = home.source(path);
  if (!source) return;
  let node = nodeAt(typescript, source, span.pos);
  while (node.getEnd() < span.end && node.parent) node = node.parent;
  while (node.parent?.getStart() === node.getStart() && node.parent.getEnd() === span.end) node = node.parent;
  const judge = { typescript, checker: home.program().getTypeChecker() };
  const weight = weightOf(judge, node);
  if (weight === 'constant' || weight === 'fresh') return;
  const statement = typescript.findAncestor(
    node,
    (one) =>
      typescript.isStatement(one) ||
      (typescript.isArrowFunction(one.parent ?? one) &&
        one.parent !== undefined &&
        (one.parent as ts.ArrowFunction).body === one),
  );
  if (!statement || statement === node) return;
  const before = weightBefore(judge, node, statement);
  const matters = weight === 'effect' ? before === 'read' || before === 'effect' : before === 'effect';
  if (matters) {
    refuse(what, {
      reason: 'side effect',
      where,
      what: 'it would be worked out earlier than what stands before it, or always',
    });
  }
}

interface Near {
  readonly path: string;
  readonly offset: number;
}

/** The service names a place in the text as it made it; the name begins there or a little behind. */
function nameNear({ typescript }: ScriptWorkspace, home: ScriptService, { path, offset }: Near): number {
  const source = home.source(path);
  if (!source) return offset;
  for (let at = offset; at < Math.min(source.text.length, offset + 40); at++) {
    const node = nodeAt(typescript, source, at);
    if (typescript.isIdentifier(node) && node.getStart() === at) return at;
  }
  return offset;
}

function generatedName({ typescript }: ScriptWorkspace, home: ScriptService, { path, offset }: Near): string {
  const source = home.source(path);
  const node = source && nodeAt(typescript, source, offset);
  return node && typescript.isIdentifier(node) ? node.text : '';
}
