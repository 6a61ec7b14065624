import type { SourceFile } from './source-file.ts';
import type { SyntaxNode } from './syntax.ts';

/** Replaces the text between two offsets; nothing else of the file is touched. */
export interface TextEdit {
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a rewrite may rest on beyond what the file proves: nothing, or what its rationale names. */
export type Risk = 'none' | 'low';

/** A place where a template's preconditions all hold. */
export interface Rewrite {
  readonly at: SyntaxNode;
  readonly edits: readonly TextEdit[];
  /** Why it is better and why it means the same, in a sentence or two. */
  readonly rationale: string;
  readonly risk: Risk;
}

/** A place that looks like one for the template but must be left alone. */
export interface Refusal {
  readonly at: SyntaxNode;
  /** The precondition that does not hold. */
  readonly refused: string;
}

/** What a template says of one place. */
export type Verdict = Rewrite | Refusal;

/** A rewrite that needs no model. `find` is pure, and proposes only what surely means the same. */
export interface Template {
  /** For example `append-in-loop`. */
  readonly id: string;
  readonly title: string;
  /** From 1 to 9: how much a hot path gains; 8 and more turns quadratic time to linear. */
  readonly gain: number;
  /** Tells by its plain text whether a file may hold such a place; it is parsed only then. */
  readonly hint: (text: string) => boolean;
  readonly find: (file: SourceFile) => Verdict[];
}

/** Makes a hint of patterns that must all be met. */
export function matching(...patterns: readonly RegExp[]): (text: string) => boolean {
  return (text) => patterns.every((pattern) => pattern.test(text));
}

/** Makes a refusal. */
export function refuse(at: SyntaxNode, refused: string): Refusal {
  return { at, refused };
}

/** Makes an edit that replaces a node. */
export function replaceNode(node: SyntaxNode, text: string): TextEdit {
  return { start: node.start, end: node.end, text };
}

/** Makes an edit that inserts. */
export function insertAt(offset: number, text: string): TextEdit {
  return { start: offset, end: offset, text };
}
