import type ts from 'typescript-6';
import { placeOf, type Target } from '../find-target.ts';
import { refuse } from '../obstacle.ts';
import type { Outcome } from '../plan-changes.ts';
import { checkPlanned, rememberBefore } from './check-planned.ts';
import { heavier, isFunction, weightBefore, weightOf, type Judge, type Weight } from './evaluation.ts';
import { hiddenName } from './hidden-name.ts';
import { inlineFunction } from './inline-function.ts';
import { gatherEdits, putEdits, type GatheredEdits } from './put-edits.ts';
import { eachNode, isNameNode, meantSymbol, nodeAt } from './script-nodes.ts';
import type { ScriptService } from './script-service.ts';
import { serviceEdits } from './service-edits.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

/**
 * Puts a variable or function in where it is used and takes its declaration away.
 *
 * @throws {CapstanError} `conflict` when it would be evaluated at another time, more often, or mean something else.
 */
export function inlineScript(work: ScriptWorkspace, target: Target, isPublic: boolean): Outcome {
  const { typescript, files } = work;
  const home = work.homeOf(target.path);
  const found = declarationAt(work, home, target);
  const where = placeOf(found.path, files.text(found.path) ?? '', found.declaration.getStart());
  const what = `inline ${found.name}`;
  const before = rememberBefore(work, [found.path], what);
  const { declaration } = found;
  const places = new Map<string, number>();
  const isVariable = typescript.isVariableDeclaration(declaration);
  if (isVariable && declaration.initializer && !isFunction(typescript, declaration.initializer)) {
    inlineVariable(work, home, { ...found, declaration, what, where, places });
  } else if (typescript.isFunctionDeclaration(declaration) || isVariable) {
    let offset = inlineFunction(work, { path: found.path, name: found.name, declaration, what, where, places });
    while (offset !== undefined) {
      const again = declarationAt(work, home, { path: found.path, offset }).declaration;
      if (!typescript.isFunctionDeclaration(again) && !typescript.isVariableDeclaration(again)) break;
      offset = inlineFunction(work, { path: found.path, name: found.name, declaration: again, what, where, places });
    }
  } else refuse(what, { reason: 'unsupported', where, what: 'only variables and functions can be put in' });
  const checked = checkPlanned(work, before, { what, isPublic });
  return { summary: what, warnings: [], checked: ['it is evaluated when and as often as before', ...checked], places };
}

interface Found {
  readonly path: string;
  readonly name: string;
  readonly declaration: ts.Declaration;
}

function declarationAt(work: ScriptWorkspace, home: ScriptService, { path, offset }: Target): Found {
  const { typescript, files } = work;
  const source = home.source(path);
  const node = source && nodeAt(typescript, source, offset);
  const where = placeOf(path, files.text(path) ?? '', offset);
  if (!node || !isNameNode(typescript, node)) {
    return refuse('inline', { reason: 'unsupported', where, what: 'no name stands here' });
  }
  const checker = home.program().getTypeChecker();
  const declared = meantSymbol({ typescript, checker }, node)?.declarations ?? [];
  const [declaration] = declared;
  const file = declaration?.getSourceFile().fileName ?? '';
  if (!declaration || declared.length > 1 || !file.startsWith(`${files.root}/`) || file.includes('/node_modules/')) {
    return refuse(`inline ${node.text}`, {
      reason: 'not ours',
      where,
      what: 'it has no declaration of its own in this repository',
    });
  }
  return { path: file.slice(files.root.length + 1), name: node.text, declaration };
}

interface Variable extends Found {
  readonly declaration: ts.VariableDeclaration;
  readonly what: string;
  readonly where: string;
  readonly places: Map<string, number>;
}

function inlineVariable(work: ScriptWorkspace, home: ScriptService, variable: Variable): void {
  const { typescript } = work;
  const { path, declaration, what, where } = variable;
  const checker = home.program().getTypeChecker();
  refuseChanged({ typescript, checker }, work, variable);
  const span = { pos: declaration.name.getStart(), end: declaration.name.getEnd() };
  const given = serviceEdits(work, home, { path, span, refactor: 'Inline variable', action: 'Inline variable' });
  if ('why' in given) {
    return refuse(what, { reason: 'unsupported', where, what: given.why ?? whyNot(work, variable) });
  }
  const gathered: GatheredEdits = new Map();
  gatherEdits(work, given.edits, { into: gathered, what });
  putEdits(work, gathered, { what, places: variable.places });
}

function whyNot({ typescript }: ScriptWorkspace, { declaration }: Variable): string {
  const flags = typescript.getCombinedModifierFlags(declaration);
  if (flags & typescript.ModifierFlags.Export) return 'it is exported';
  if (!typescript.isIdentifier(declaration.name)) return 'it takes a value apart';
  return 'it is written to, has no uses, or is used as a type';
}

/** Refuses when the value could be another where it is used, or be worked out another number of times. */
function refuseChanged(judge: Judge, work: ScriptWorkspace, { path, declaration, what, where }: Variable): void {
  const { typescript, checker } = judge;
  const { initializer } = declaration;
  if (!initializer || !typescript.isIdentifier(declaration.name)) return;
  const uses = usesOf(judge, declaration, declaration.name);
  const text = work.files.text(path) ?? '';
  for (const use of uses) {
    const hidden = hiddenName(judge, initializer, use);
    if (hidden !== undefined) {
      refuse(what, {
        reason: 'collision',
        where: placeOf(path, text, use.getStart()),
        what: `${hidden} means something else here`,
      });
    }
  }
  const weight = weightOf(judge, initializer);
  if (weight === 'constant') return;
  const home = scopeOf(typescript, declaration);
  const inside = uses.every((use) => scopeOf(typescript, use) === home);
  const once = uses.length <= 1 || weight === 'read';
  const between = inside ? weightBetween(judge, declaration, uses) : 'effect';
  const limit: readonly Weight[] = weight === 'effect' ? ['constant', 'fresh'] : ['constant', 'fresh', 'read'];
  const still = weight === 'fresh' ? inside : limit.includes(between);
  if (once && still) return;
  void checker;
  const why = once
    ? 'something may change between its declaration and its use'
    : 'its value would be made more than once';
  refuse(what, { reason: 'side effect', where, what: why });
}

function usesOf(
  { typescript, checker }: Judge,
  declaration: ts.VariableDeclaration,
  name: ts.Identifier,
): ts.Identifier[] {
  const symbol = checker.getSymbolAtLocation(name);
  const uses: ts.Identifier[] = [];
  eachNode(typescript, declaration.getSourceFile(), (node) => {
    if (!typescript.isIdentifier(node) || node.text !== name.text || node === name) return;
    if (meantSymbol({ typescript, checker }, node) === symbol) uses.push(node);
  });
  return uses;
}

/** The function, or file, that a node is evaluated with; a loop is one too, as it evaluates more than once. */
function scopeOf(typescript: typeof ts, node: ts.Node): ts.Node | undefined {
  return typescript.findAncestor(
    node.parent,
    (one) =>
      typescript.isFunctionLike(one) ||
      typescript.isIterationStatement(one, false) ||
      typescript.isSourceFile(one) ||
      typescript.isClassLike(one),
  );
}

/** The heaviest of what is evaluated from a declaration to the last of its uses. */
function weightBetween(judge: Judge, declaration: ts.VariableDeclaration, uses: readonly ts.Identifier[]): Weight {
  const { typescript } = judge;
  const list = declaration.parent;
  const own = list.parent;
  const last = uses.at(-1);
  if (!last || !typescript.isVariableDeclarationList(list) || !typescript.isVariableStatement(own)) return 'effect';
  const block = own.parent;
  if (!typescript.isBlock(block) && !typescript.isSourceFile(block) && !typescript.isCaseOrDefaultClause(block))
    return 'effect';
  const statements: readonly ts.Statement[] = block.statements;
  const at = statements.indexOf(own);
  const holding = statements.findIndex((one) => one.getStart() <= last.getStart() && one.getEnd() >= last.getEnd());
  if (holding <= at) return 'effect';
  let heaviest: Weight = 'constant';
  for (const later of list.declarations.slice(list.declarations.indexOf(declaration) + 1)) {
    if (later.initializer) heaviest = heavier(heaviest, weightOf(judge, later.initializer));
  }
  for (const statement of statements.slice(at + 1, holding)) heaviest = heavier(heaviest, weightOf(judge, statement));
  const statement = statements[holding];
  return statement ? heavier(heaviest, weightBefore(judge, last, statement)) : 'effect';
}
