/** One command of a line, with the folder that `cd` went to before it. */
export interface LinePart {
  readonly command: string;
  /** Relative to where the line starts, which may be above it; empty for that folder. */
  readonly folder: string;
}

/** Splits a line where a shell would, following `cd`. */
export function partsOf(line: string): LinePart[] {
  const parts: LinePart[] = [];
  let folder = '';
  for (const piece of split(line)) {
    const command = piece.trim().replace(/^\(+\s*|\s+&$|\s*\)+(\s*&)?$/g, '');
    const moved = /^cd\s+(?:--\s+)?["']?([^"'\s]+)["']?$/.exec(command)?.[1];
    if (moved !== undefined) folder = joined(folder, moved);
    else if (command !== '') parts.push({ command, folder });
  }
  return parts;
}

function joined(folder: string, way: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of way.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function split(line: string): string[] {
  const pieces = [''];
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = '';
    const pair = line.slice(at, at + 2);
    const breaks = quote === '' && (pair === '&&' || pair === '||' || char === ';' || char === '|');
    if (breaks) {
      pieces.push('');
      if (pair === '&&' || pair === '||') at += 1;
    } else pieces[pieces.length - 1] += char;
  }
  return pieces;
}
