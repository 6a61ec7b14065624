import type { CodeSymbol } from '../parse/facts.ts';
import { estimateTokens } from './snippet.ts';

/** What a map is drawn from. */
export interface MapInputs {
  /** Files with their rank, the highest first. */
  readonly ranked: readonly { readonly path: string; readonly rank: number }[];
  readonly outline: (path: string) => readonly CodeSymbol[];
  readonly tokens: number;
}

const most = 14;

/**
 * Draws an overview within a budget: the files that count most, in the order of their paths, each with the heads of
 * what it gives to others.
 */
export function drawRepoMap({ ranked, outline, tokens }: MapInputs): string {
  const blocks: { readonly path: string; readonly text: string }[] = [];
  let left = tokens;
  for (const { path } of ranked) {
    const full = blockOf(path, outline(path), most);
    const text = estimateTokens(full) <= left ? full : blockOf(path, outline(path), 3);
    const cost = estimateTokens(text) + 1;
    if (cost > left) {
      if (left < 12) break;
      continue;
    }
    left -= cost;
    blocks.push({ path, text });
  }
  return blocks
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
    .map(({ text }) => text)
    .join('\n');
}

function blockOf(path: string, symbols: readonly CodeSymbol[], lines: number): string {
  const top = symbols.filter(({ container, kind }) => container === '' && kind !== 'field');
  const given = top.filter(({ exported }) => exported);
  const chosen = (given.length > 0 ? given : top).slice(0, lines);
  const names = new Set(chosen.filter(({ kind }) => kind === 'class' || kind === 'interface').map(({ name }) => name));
  const rows: string[] = [];
  for (const symbol of symbols) {
    if (rows.length >= lines) break;
    if (chosen.includes(symbol)) rows.push(`  ${short(symbol.signature)}`);
    else if (symbol.kind === 'method' && names.has(symbol.container) && symbol.exported)
      rows.push(`    ${short(symbol.signature)}`);
  }
  return [path, ...rows].join('\n');
}

function short(signature: string): string {
  const plain = signature.replace(/^export (default )?/, '').replace(/\s*[{:]$/, '');
  return plain.length > 110 ? `${plain.slice(0, 109)}…` : plain;
}
