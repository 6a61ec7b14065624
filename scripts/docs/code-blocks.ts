import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A fenced block of code in a document. */
export interface CodeBlock {
  /** Document, relative to the repository. */
  readonly document: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** The documents whose TypeScript must compile. */
export function documents(root: string): string[] {
  const outside = ['node_modules', 'demo-repo', 'CHANGELOG.md'];
  const globs = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/*/*.md'];
  return globSync(globs, {
    cwd: root,
    exclude: (path) => outside.includes(basename(path)),
  });
}

/** Reads the fenced code blocks of a document. */
export function codeBlocks(root: string, document: string): CodeBlock[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(({ 1: indent, 2: language, 3: code, index }) => ({
    document,
    line: text.slice(0, index).split('\n').length,
    language: language!,
    code: code!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}
