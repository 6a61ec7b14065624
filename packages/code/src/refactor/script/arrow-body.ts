import type ts from 'typescript-6';
import { applyEdits } from '../text-edit.ts';
import { nodeAt } from './script-nodes.ts';
import type { ScriptWorkspace } from './script-workspace.ts';
import { styleOf } from './text-style.ts';

/**
 * Gives the arrow function around a selection a body with a `return`, when it has a bare expression: a variable needs
 * statements to stand among. The language service would put it outside, where the parameters are not known.
 *
 * @returns Where the selection is by then.
 */
export function openArrow(work: ScriptWorkspace, path: string, span: ts.TextRange): ts.TextRange {
  const { typescript, files } = work;
  const source = work.homeOf(path).source(path);
  if (!source) return span;
  const inner = typescript.findAncestor(
    nodeAt(typescript, source, span.pos),
    (one) => typescript.isFunctionLike(one) && one.getStart() <= span.pos && one.getEnd() >= span.end,
  );
  if (!inner || !typescript.isArrowFunction(inner) || typescript.isBlock(inner.body)) return span;
  const { body } = inner;
  if (body.getStart() > span.pos || body.getEnd() < span.end) return span;
  const text = files.text(path) ?? '';
  const { format } = styleOf(typescript, text);
  const lineStart = text.lastIndexOf('\n', inner.getStart() - 1) + 1;
  const margin = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
  const step = format.convertTabsToSpaces === false ? '\t' : ' '.repeat(format.indentSize ?? 2);
  const feed = format.newLineCharacter ?? '\n';
  const end = format.semicolons === typescript.SemicolonPreference.Remove ? '' : ';';
  const bare = typescript.isParenthesizedExpression(body) ? body.expression : body;
  const isWhole = span.pos <= bare.getStart() && span.end >= bare.getEnd();
  const kept = isWhole || bare === body ? bare : body;
  const head = `{${feed}${margin}${step}return `;
  const edits = [
    { start: body.getStart(), end: kept.getStart(), text: head },
    { start: kept.getEnd(), end: body.getEnd(), text: `${end}${feed}${margin}}` },
  ];
  files.put(path, applyEdits(text, edits));
  const moved = body.getStart() + head.length - kept.getStart();
  return { pos: Math.max(span.pos, kept.getStart()) + moved, end: Math.min(span.end, kept.getEnd()) + moved };
}
