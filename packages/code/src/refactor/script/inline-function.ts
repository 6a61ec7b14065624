import { join } from 'node:path/posix';
import type ts from 'typescript-6';
import { placeOf } from '../find-target.ts';
import { refuse, type Obstacle } from '../obstacle.ts';
import { applyEdits, inOrder, shiftOf, type TextEdit } from '../text-edit.ts';
import { isFunction, isWritten, weightBefore, weightOf, type Judge } from './evaluation.ts';
import { hiddenName } from './hidden-name.ts';
import { eachNode, nodeAt } from './script-nodes.ts';
import { inside } from './script-service.ts';
import type { ScriptWorkspace } from './script-workspace.ts';

export interface InlinedFunction {
  readonly path: string;
  readonly name: string;
  readonly declaration: ts.FunctionDeclaration | ts.VariableDeclaration;
  readonly what: string;
  readonly where: string;
  readonly places: Map<string, number>;
}

/** What a call is replaced by. */
interface Pattern {
  readonly body: ts.Expression;
  /** The body gives no value: calls must be statements. */
  readonly isVoid: boolean;
  readonly parameters: readonly ts.ParameterDeclaration[];
  /** Names in the body that stand for each parameter, in the order of the text. */
  readonly uses: readonly (readonly ts.Identifier[])[];
}

/**
 * Puts the body of a function in the place of its calls, and takes the function away.
 *
 * @returns Where the function's name is when calls are left, which held others; undefined when all is done.
 */
export function inlineFunction(work: ScriptWorkspace, inlined: InlinedFunction): number | undefined {
  const { typescript, files } = work;
  const { path, declaration, what, where, places } = inlined;
  const home = work.homeOf(path);
  const judge: Judge = { typescript, checker: home.program().getTypeChecker() };
  const pattern = patternOf(judge, inlined);
  if ('why' in pattern) return refuse(what, { reason: 'unsupported', where, what: pattern.why });
  const name = declaration.name as ts.Identifier;
  const references = new Map<string, Set<number>>();
  for (const { service } of work.withWords([inlined.name])) {
    const found = service.findReferences(join(files.root, path), name.getStart()) ?? [];
    for (const { fileName, textSpan } of found.flatMap((one) => one.references)) {
      const file = inside(files.root, fileName) ?? fileName;
      references.set(file, (references.get(file) ?? new Set()).add(textSpan.start));
    }
  }
  references.get(path)?.delete(name.getStart());
  const others = [...references].filter(([file, at]) => file !== path && at.size > 0);
  const [other] = others;
  if (other) {
    const [file, at] = other;
    return refuse(what, {
      reason: 'unsupported',
      where: placeOf(file, files.text(file) ?? '', [...at][0] ?? 0),
      what: 'another file uses it',
    });
  }
  const all = [...(references.get(path) ?? [])];
  if (all.length === 0) refuse(what, { reason: 'unsupported', where, what: 'nothing calls it' });
  const text = files.text(path) ?? '';
  const edits = all.map((at) => callEdit(work, judge, { inlined, pattern, at }));
  // A call within a call goes first, the outer one in the next round.
  const inner = edits.filter(
    (one) => !edits.some((other) => other !== one && other.start >= one.start && other.end <= one.end),
  );
  const isLast = inner.length === edits.length;
  const ordered = inOrder(isLast ? [...edits, removal(typescript, text, declaration)] : inner);
  if (!ordered) return refuse(what, { reason: 'unsupported', where, what: 'it is called where it is declared' });
  files.put(path, applyEdits(text, ordered));
  places.set(path, (places.get(path) ?? 0) + ordered.length);
  return isLast ? undefined : shiftOf(ordered).forward(name.getStart());
}

function patternOf(judge: Judge, { declaration, name }: InlinedFunction): Pattern | { readonly why: string } {
  const { typescript } = judge;
  const made = typescript.isFunctionDeclaration(declaration) ? declaration : declaration.initializer;
  if (!made || !(typescript.isFunctionDeclaration(made) || isFunction(typescript, made)))
    return { why: 'it is no function' };
  const own = made as ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression;
  const isConst = (typescript.getCombinedNodeFlags(declaration) & typescript.NodeFlags.Const) !== 0;
  if (typescript.isVariableDeclaration(declaration) && !isConst)
    return { why: 'the variable may hold another function' };
  if (typescript.getCombinedModifierFlags(declaration) & typescript.ModifierFlags.Export)
    return { why: 'it is exported' };
  if (own.asteriskToken || own.modifiers?.some(({ kind }) => kind === typescript.SyntaxKind.AsyncKeyword)) {
    return { why: 'it is async or a generator' };
  }
  if (own.typeParameters) return { why: 'it has type parameters' };
  const simple = own.parameters.every(
    (one) => typescript.isIdentifier(one.name) && !one.initializer && !one.dotDotDotToken && !one.questionToken,
  );
  if (!simple) return { why: 'a parameter is optional, has a default, or takes its value apart' };
  const body = bodyOf(typescript, own);
  if (!body) return { why: 'its body is more than one expression' };
  let odd: string | undefined;
  const see = (node: ts.Node): void => {
    if (node.kind === typescript.SyntaxKind.ThisKeyword || node.kind === typescript.SyntaxKind.SuperKeyword)
      odd = 'it uses this or super';
    if (typescript.isIdentifier(node) && node.text === 'arguments') odd = 'it uses arguments';
    if (typescript.isIdentifier(node) && node.text === name && !typescript.isPropertyAccessExpression(node.parent))
      odd ??= 'it calls itself';
  };
  see(body.expression);
  eachNode(typescript, body.expression, see);
  if (odd !== undefined) return { why: odd };
  const symbols = own.parameters.map((one) => judge.checker.getSymbolAtLocation(one.name));
  const written = symbols.some((symbol, at) => {
    const parameter = own.parameters[at];
    return symbol && parameter && isWritten(judge, symbol, parameter);
  });
  if (written) return { why: 'it writes to a parameter' };
  const uses = symbols.map((symbol) => usesIn(judge, body.expression, symbol));
  return { body: body.expression, isVoid: body.isVoid, parameters: [...own.parameters], uses };
}

function bodyOf(
  typescript: typeof ts,
  { body }: ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression,
): { readonly expression: ts.Expression; readonly isVoid: boolean } | undefined {
  if (!body) return undefined;
  if (!typescript.isBlock(body)) return { expression: body, isVoid: false };
  const [only, ...rest] = body.statements;
  if (!only || rest.length > 0) return undefined;
  if (typescript.isReturnStatement(only) && only.expression) return { expression: only.expression, isVoid: false };
  return typescript.isExpressionStatement(only) ? { expression: only.expression, isVoid: true } : undefined;
}

function usesIn({ typescript, checker }: Judge, body: ts.Expression, symbol: ts.Symbol | undefined): ts.Identifier[] {
  const uses: ts.Identifier[] = [];
  const see = (node: ts.Node): void => {
    if (!typescript.isIdentifier(node)) return;
    const own = typescript.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    if (symbol && own === symbol) uses.push(node);
  };
  see(body);
  eachNode(typescript, body, see);
  return uses;
}

interface Call {
  readonly inlined: InlinedFunction;
  readonly pattern: Pattern;
  readonly at: number;
}

function callEdit(work: ScriptWorkspace, judge: Judge, { inlined, pattern, at }: Call): TextEdit {
  const { typescript, files } = work;
  const { path, what, declaration } = inlined;
  const source = declaration.getSourceFile();
  const text = files.text(path) ?? '';
  const no = (reason: Obstacle['reason'], why: string): never =>
    refuse(what, { reason, where: placeOf(path, text, at), what: why });
  const name = nodeAt(typescript, source, at);
  const call = name.parent;
  if (!typescript.isCallExpression(call) || call.expression !== name || call.questionDotToken) {
    return no('unsupported', 'it is used here other than by a call');
  }
  if (pattern.isVoid && !typescript.isExpressionStatement(call.parent))
    return no('unsupported', 'what it gives is used here');
  const spread = call.arguments.some((one) => typescript.isSpreadElement(one));
  if (spread || call.arguments.length !== pattern.parameters.length) {
    return no('unsupported', 'the call gives another number of arguments');
  }
  const hidden = hiddenName(judge, pattern.body, call, pattern.parameters);
  if (hidden !== undefined) return no('collision', `${hidden} means something else here`);
  const bad = wrongMoment(judge, pattern, call);
  if (bad !== undefined) return no('side effect', bad);
  const put = filled(judge, pattern, call);
  if (put === undefined) return no('collision', 'a name of an argument is taken within the function');
  const bare = standsAlone(typescript, pattern.body) || isOpenPlace(typescript, call, pattern.body);
  return { start: call.getStart(), end: call.getEnd(), text: bare ? put : `(${put})` };
}

/** Arguments must be worked out once each, in their order, before all else of the body that matters. */
function wrongMoment(judge: Judge, { body, parameters, uses }: Pattern, call: ts.CallExpression): string | undefined {
  const heavy = parameters.flatMap((_, at) => {
    const argument = call.arguments[at];
    const weight = argument ? weightOf(judge, argument) : 'constant';
    return weight === 'constant' ? [] : [{ weight, uses: uses[at] ?? [] }];
  });
  let last = -1;
  for (const { weight, uses: places } of heavy) {
    const [place] = places;
    if (!place && weight !== 'effect') continue;
    if (!place || places.length > 1) return 'an argument would be worked out more than once or not at all';
    if (place.getStart() < last) return 'arguments would be worked out in another order';
    last = place.getStart();
    if (place === body) continue;
    const before = weightBefore(judge, place, body);
    if (before === 'effect' || (before === 'read' && weight === 'effect')) {
      return 'an argument would be worked out later than now, or perhaps not at all';
    }
  }
  return undefined;
}

function filled(
  { typescript }: Judge,
  { body, parameters, uses }: Pattern,
  call: ts.CallExpression,
): string | undefined {
  const inner = new Set<string>();
  eachNode(typescript, body, (node) => {
    const declares = typescript.isParameter(node) || typescript.isVariableDeclaration(node);
    if (declares && typescript.isIdentifier(node.name)) inner.add(node.name.text);
  });
  const start = body.getStart();
  const edits: TextEdit[] = [];
  for (const [at] of parameters.entries()) {
    const argument = call.arguments[at];
    if (!argument) return undefined;
    let taken = false;
    const see = (node: ts.Node): void => {
      if (typescript.isIdentifier(node) && inner.has(node.text)) taken = true;
    };
    see(argument);
    eachNode(typescript, argument, see);
    if (taken) return undefined;
    for (const use of uses[at] ?? []) {
      const short = typescript.isShorthandPropertyAssignment(use.parent);
      const plain = standsAlone(typescript, argument) || isOpenPlace(typescript, use, argument);
      const text = plain ? argument.getText() : `(${argument.getText()})`;
      edits.push({
        start: use.getStart() - start,
        end: use.getEnd() - start,
        text: short ? `${use.text}: ${argument.getText()}` : text,
      });
    }
  }
  const ordered = inOrder(edits);
  return ordered && applyEdits(body.getText(), ordered);
}

/** Needs no parentheses, whatever stands around it. */
function standsAlone(typescript: typeof ts, node: ts.Expression): boolean {
  return (
    typescript.isIdentifier(node) ||
    typescript.isStringLiteralLike(node) ||
    typescript.isTemplateExpression(node) ||
    typescript.isParenthesizedExpression(node) ||
    typescript.isArrayLiteralExpression(node) ||
    (typescript.isCallExpression(node) && !typescript.isOptionalChain(node)) ||
    (typescript.isPropertyAccessExpression(node) && !typescript.isOptionalChain(node)) ||
    (typescript.isElementAccessExpression(node) && !typescript.isOptionalChain(node)) ||
    node.kind === typescript.SyntaxKind.TrueKeyword ||
    node.kind === typescript.SyntaxKind.FalseKeyword ||
    node.kind === typescript.SyntaxKind.NullKeyword
  );
}

/** A place where an expression of any kind can stand, but for a comma. */
function isOpenPlace(typescript: typeof ts, place: ts.Node, put: ts.Expression): boolean {
  const { parent } = place;
  if (typescript.isBinaryExpression(put) && put.operatorToken.kind === typescript.SyntaxKind.CommaToken) return false;
  if (typescript.isCallExpression(parent) || typescript.isNewExpression(parent)) return parent.expression !== place;
  if (typescript.isExpressionStatement(parent)) {
    return (
      !typescript.isObjectLiteralExpression(put) &&
      !typescript.isFunctionExpression(put) &&
      !typescript.isClassExpression(put)
    );
  }
  if (typescript.isArrowFunction(parent)) return !typescript.isObjectLiteralExpression(put);
  return (
    typescript.isVariableDeclaration(parent) ||
    typescript.isReturnStatement(parent) ||
    typescript.isParenthesizedExpression(parent) ||
    typescript.isArrayLiteralExpression(parent) ||
    typescript.isPropertyAssignment(parent) ||
    typescript.isIfStatement(parent) ||
    typescript.isTemplateSpan(parent)
  );
}

/** Takes a declaration away with the comment on it and the lines that it leaves empty. */
function removal(
  typescript: typeof ts,
  text: string,
  declaration: ts.FunctionDeclaration | ts.VariableDeclaration,
): TextEdit {
  const list = typescript.isVariableDeclaration(declaration) ? declaration.parent : undefined;
  const isOnly = list === undefined || !typescript.isVariableDeclarationList(list) || list.declarations.length === 1;
  if (!isOnly && list && typescript.isVariableDeclarationList(list)) {
    const at = list.declarations.indexOf(declaration as ts.VariableDeclaration);
    const next = list.declarations[at + 1];
    const previous = list.declarations[at - 1];
    if (next) return { start: declaration.getStart(), end: next.getStart(), text: '' };
    return { start: previous?.getEnd() ?? declaration.getStart(), end: declaration.getEnd(), text: '' };
  }
  const statement = list ? list.parent : declaration;
  const comment = typescript.getJSDocCommentsAndTags(statement)[0];
  let start = comment && typescript.isJSDoc(comment) ? comment.getStart() : statement.getStart();
  while (start > 0 && /[ \t]/.test(text[start - 1] ?? '')) start -= 1;
  let end = statement.getEnd();
  const rest = /^[ \t]*\r?\n/.exec(text.slice(end));
  end += rest?.[0].length ?? 0;
  const blank = /^[ \t]*\r?\n/.exec(text.slice(end));
  const above = start === 0 || /\n[ \t]*\r?\n$/.test(text.slice(0, start)) || /\{\r?\n$/.test(text.slice(0, start));
  if (blank && above) end += blank[0].length;
  return { start, end, text: '' };
}
