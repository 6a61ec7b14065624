import { estimateTokens } from '../budget/estimate.ts';

/** The layers of a prompt, in the order they are sent. */
export type PromptLayer = 'base' | 'provider' | 'user' | 'workspace' | 'skills' | 'task';

/** A piece of the prompt and where it comes from. The texts of all parts, joined, are the prompt as sent. */
export interface PromptPart {
  readonly layer: PromptLayer;
  readonly text: string;
  /** Absolute path; absent for what the app says itself. */
  readonly file?: string;
  /** First and last line in the file, from 1. */
  readonly lines?: readonly [from: number, to: number];
  /** An estimate. */
  readonly tokens: number;
}

/** A piece before it has a layer. */
export type Piece = Pick<PromptPart, 'text' | 'file' | 'lines'>;

/** A file that is not in the prompt, or not whole, and why. */
export interface LeftOut {
  readonly file: string;
  readonly why: string;
}

/** Text in the prompt that is in no file. */
export function said(text: string): Piece {
  return { text };
}

/** Gives pieces their layer; neighbours from one file become one part. */
export function partsOf(layer: PromptLayer, pieces: readonly Piece[]): PromptPart[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece.text === '') continue;
    if (last && last.file === piece.file) joined[joined.length - 1] = together(last, piece);
    else joined.push(piece);
  }
  return joined.map((piece) => ({ layer, ...piece, tokens: Math.ceil(estimateTokens(piece.text)) }));
}

function together(one: Piece, other: Piece): Piece {
  const lines = one.lines && other.lines;
  const span = lines && ([Math.min(one.lines[0], other.lines[0]), Math.max(one.lines[1], other.lines[1])] as const);
  return { ...one, text: one.text + other.text, ...(span ? { lines: span } : {}) };
}
