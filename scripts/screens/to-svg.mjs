/** Colours of the sixteen, as most dark terminals have them. */
const palette = [
  '#45475a',
  '#f38ba8',
  '#a6e3a1',
  '#f9e2af',
  '#89b4fa',
  '#f5c2e7',
  '#94e2d5',
  '#bac2de',
  '#585b70',
  '#f38ba8',
  '#a6e3a1',
  '#f9e2af',
  '#89b4fa',
  '#f5c2e7',
  '#94e2d5',
  '#cdd6f4',
];
const foreground = '#cdd6f4';
const background = '#1e1e2e';
const cell = { width: 8.4, height: 18 };

/** Draws a screen, as `tmux capture-pane -e` gives it, as a picture whose words can be read and found. */
export function toSvg(screen, { columns, title }) {
  const lines = screen.replace(/\n+$/, '').split('\n');
  const width = Math.ceil(columns * cell.width + 32);
  const height = lines.length * cell.height + 56;
  const style = { ...plain };
  const rows = lines.map((line, row) => drawLine(runsOf(line, style), row)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${background}"/>
<g fill="#585b70"><circle cx="20" cy="18" r="6"/><circle cx="40" cy="18" r="6"/><circle cx="60" cy="18" r="6"/></g>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${rows}
</g>
</svg>
`;
}

const plain = {
  colour: undefined,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
};

/** Cuts a line into runs of one look; the look goes on from line to line. */
function runsOf(line, style) {
  const runs = [];
  for (const [piece, codes] of line.matchAll(/\x1b\[([\d;]*)m|\x1b[^m]*m|[^\x1b]+/g)) {
    if (codes !== undefined) for (const code of codes.split(';')) apply(Number(code || 0), style);
    else if (!piece.startsWith('\x1b')) runs.push({ text: piece, style: { ...style } });
  }
  return runs;
}

function apply(code, style) {
  const flags = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'strike' };
  const off = { 22: ['bold', 'dim'], 23: ['italic'], 24: ['underline'], 27: ['inverse'], 29: ['strike'] };
  if (code === 0) Object.assign(style, plain);
  else if (flags[code]) style[flags[code]] = true;
  else if (off[code]) for (const flag of off[code]) style[flag] = false;
  else if (code >= 30 && code <= 37) style.colour = palette[code - 30];
  else if (code >= 90 && code <= 97) style.colour = palette[code - 82];
  else if (code === 39) style.colour = undefined;
}

function drawLine(runs, row) {
  const y = 52 + row * cell.height;
  let column = 0;
  const parts = [];
  for (const { text, style } of runs) {
    const x = 16 + column * cell.width;
    const width = text.length * cell.width;
    const colour = style.inverse ? background : (style.colour ?? foreground);
    if (style.inverse)
      parts.push(
        `<rect x="${x}" y="${y - 14}" width="${width}" height="${cell.height}" fill="${style.colour ?? foreground}"/>`,
      );
    const words = text.trim();
    if (words !== '') {
      // Blanks at the ends are only room; those within must not be drawn together.
      const at = x + (text.length - text.trimStart().length) * cell.width;
      const drawn = escaped(words.replaceAll(' ', '\u00A0'));
      const length = words.length * cell.width;
      parts.push(`<text x="${at}" y="${y}" textLength="${length}" fill="${colour}"${looks(style)}>${drawn}</text>`);
    }
    column += text.length;
  }
  return parts.join('');
}

function looks({ bold, dim, italic, underline, strike }) {
  const lines = [underline && 'underline', strike && 'line-through'].filter(Boolean).join(' ');
  return [
    bold ? ' font-weight="bold"' : '',
    dim ? ' opacity="0.6"' : '',
    italic ? ' font-style="italic"' : '',
    lines === '' ? '' : ` text-decoration="${lines}"`,
  ].join('');
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
