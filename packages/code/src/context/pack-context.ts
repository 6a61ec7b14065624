import type { CodeSymbol } from '../parse/facts.ts';
import type { ContextOptions, ContextPiece, ContextReport, SearchHit } from './code-index.ts';
import { estimateTokens, outlineText, readLines, widen } from './snippet.ts';

export interface PackInputs {
  readonly root: string;
  readonly hits: readonly SearchHit[];
  readonly outline: (path: string) => readonly CodeSymbol[];
}

/** Lines that a file may have to be given whole, and that a declaration may have to be given whole. */
const wholeLines = 80;
/** Most of the budget that one file may take. */
const share = 0.4;

/**
 * Packs the files of a search into a budget of tokens, the best first: a short file whole, of a long one the lines that
 * answer with an outline of the rest; at the end of the budget outlines alone.
 */
export function packContext({ root, hits, outline }: PackInputs, options: ContextOptions): ContextReport {
  const { tokens: budget = 8000, redact = (text: string) => text } = options;
  const pieces: ContextPiece[] = [];
  const left: string[] = [];
  let spent = 0;
  const put = (hit: SearchHit, piece: Pick<ContextPiece, 'line' | 'endLine' | 'form' | 'text'>): boolean => {
    const text = redact(piece.text);
    const tokens = estimateTokens(text) + 12;
    if (spent + tokens > budget) return false;
    spent += tokens;
    pieces.push({ path: hit.path, ...piece, text, tokens, why: hit.why });
    return true;
  };
  for (const hit of hits) {
    const lines = readLines(root, hit.path);
    if (!lines) continue;
    const symbols = outline(hit.path);
    const cut = { ...cutOf(hit, lines, { symbols, maxTokens: budget * share }), form: 'lines' as const };
    const whole = cut.line === 1 && cut.endLine >= lines.length;
    const given = put(hit, cut);
    const heads = outlineText(symbols, 40);
    const outlined =
      !whole && heads !== '' && put(hit, { line: 1, endLine: lines.length, form: 'outline', text: heads });
    if (!given && !outlined) left.push(hit.path);
  }
  return { pieces, tokens: spent, left };
}

interface Cut {
  readonly symbols: readonly CodeSymbol[];
  readonly maxTokens: number;
}

function cutOf(hit: SearchHit, lines: readonly string[], { symbols, maxTokens }: Cut) {
  const text = (line: number, endLine: number): string => lines.slice(line - 1, endLine).join('\n');
  if (lines.length <= wholeLines)
    return { line: 1, endLine: lines.length, text: headAndTail(text(1, lines.length), maxTokens) };
  const { line, endLine } = widen(hit, symbols, wholeLines);
  return { line, endLine, text: headAndTail(text(line, endLine), maxTokens) };
}

/** Keeps the beginning and the end of what is too long. */
function headAndTail(text: string, maxTokens: number): string {
  const most = Math.max(200, Math.floor(maxTokens * 3.5));
  if (text.length <= most) return text;
  const lines = text.split('\n');
  const head: string[] = [];
  const tail: string[] = [];
  let room = most - 40;
  for (let at = 0; at < lines.length && room > 0; at++) {
    const fromStart = at % 3 !== 2;
    const line = (fromStart ? lines[head.length] : lines[lines.length - 1 - tail.length]) ?? '';
    room -= line.length + 1;
    if (room < 0) break;
    if (fromStart) head.push(line);
    else tail.unshift(line);
  }
  if (head.length === 0) return `${text.slice(0, most)} […]`;
  return [...head, `[… ${lines.length - head.length - tail.length} lines …]`, ...tail].join('\n');
}
