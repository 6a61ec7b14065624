import { languageOf } from '../parse/language.ts';
import { codeLines } from './code-lines.ts';

/** Whether two texts of a file differ in comments alone. */
export type CommentsCheck =
  | { readonly same: true }
  | {
      readonly same: false;
      /** One sentence: what is not as it was. */
      readonly why: string;
      /** The first line of code that is not as it was; empty where there is none such. */
      readonly before: string;
      readonly after: string;
    };

/**
 * Checks that two texts of a file differ in nothing but comments, docstrings and blank lines.
 *
 * TypeScript, JavaScript, Python and Go are read by their syntax; comments that say something to a tool (`@ts-ignore`,
 * `# type: ignore`, `//go:build`) and licence notices count as code. Of other languages only lines that are wholly
 * comments may differ; in Markdown and other prose everything may.
 *
 * @param path Only its name counts.
 */
export function onlyCommentsChanged(path: string, before: string, after: string): CommentsCheck {
  if (before === after) return { same: true };
  const [old, now] = [codeLines(path, before), codeLines(path, after)];
  if (now.broken && !old.broken) return different('It cannot be read any more: there is a syntax error.');
  if (now.broken && languageOf(path)) return different('It has a syntax error, so nothing can be said of it.');
  const length = Math.max(old.lines.length, now.lines.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [old.lines[at] ?? '', now.lines[at] ?? ''];
    if (one !== other) return different('Code is not as it was.', one, other);
  }
  return { same: true };
}

function different(why: string, before = '', after = ''): CommentsCheck {
  return { same: false, why, before: before.trim().slice(0, 200), after: after.trim().slice(0, 200) };
}
