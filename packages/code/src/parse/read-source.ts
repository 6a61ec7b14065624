import { chunkLines } from './chunk-lines.ts';
import type { FileFacts, Syntax } from './facts.ts';
import type { Reading } from './language.ts';
import { lineMap } from './line-map.ts';
import { outlineLines } from './outline-lines.ts';
import { readGo } from './read-go.ts';
import { readPython } from './read-python.ts';
import { readScript } from './read-script.ts';

/**
 * Reads all that the index keeps of a text. Never throws: a text that its parser gives up on keeps what its lines show.
 *
 * @param path Only its name counts.
 */
export function readSource(path: string, text: string, reading: Reading): FileFacts {
  const syntax = syntaxOf(path, text, reading);
  const lines = lineMap(text);
  const chunks = chunkLines(lines.count, syntax.symbols, blankLines(text, lines.count));
  return { reading, ...syntax, chunks, lines: lines.count };
}

function syntaxOf(path: string, text: string, reading: Reading): Syntax {
  try {
    const syntax = parse(path, text, reading);
    const lost = syntax.broken && syntax.symbols.length === 0;
    return lost ? { ...syntax, symbols: outlineLines(text) } : syntax;
  } catch {
    return { symbols: outlineLines(text), imports: [], exports: [], broken: true };
  }
}

function parse(path: string, text: string, reading: Reading): Syntax {
  switch (reading) {
    case 'typescript':
    case 'javascript':
      return readScript(path, text);
    case 'python':
      return readPython(text);
    case 'go':
      return readGo(text);
    case 'text':
      return { symbols: [], imports: [], exports: [], broken: false };
  }
}

/** Lines that hold nothing, of a text long enough to be cut. */
function blankLines(text: string, count: number): readonly number[] {
  const found: number[] = [];
  if (count <= 60) return found;
  let line = 1;
  for (let start = 0, end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
    if (end - start <= 1 && text.slice(start, end).trim() === '') found.push(line);
    line += 1;
  }
  return found;
}
