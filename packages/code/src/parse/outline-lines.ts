import type { SymbolKind } from './facts.ts';
import { symbolList } from './symbol-list.ts';

const declaration =
  /^[ \t]*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(function\*?|class|interface|type|enum|namespace|const|let|var)\s+([A-Za-z_$][\w$]*)/gm;

/** Finds declarations line by line: what remains for a text that its parser gives up on. */
export function outlineLines(text: string) {
  const list = symbolList(text);
  for (const match of text.matchAll(declaration)) {
    const [whole, keyword = '', name = ''] = match;
    const lineEnd = text.indexOf('\n', match.index + whole.length);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const indented = /^[ \t]/.test(whole);
    if (indented && !/^(function|class)/.test(keyword)) continue;
    list.add({
      name,
      kind: kindOf(keyword),
      container: '',
      exported: /^\s*export\b/.test(whole),
      start: match.index + (whole.length - whole.trimStart().length),
      end,
      nameStart: match.index + whole.length - name.length,
      headEnd: end,
    });
  }
  return list.symbols();
}

function kindOf(keyword: string): SymbolKind {
  if (keyword.startsWith('function')) return 'function';
  if (keyword === 'const' || keyword === 'let' || keyword === 'var') return 'variable';
  return keyword as SymbolKind;
}
