import { visibleWidth, wrapTextWithAnsi } from '@earendil-works/pi-tui';

const indent = 4;

/** Breaks a line that is too long into several, the later ones set in; nothing of it is cut off. */
export function hanging(line: string, width: number): string[] {
  const text = line.replaceAll('\t', '    ');
  if (visibleWidth(text) <= width) return [text];
  if (width <= indent * 2) return wrapTextWithAnsi(text, width);
  const [first = '', ...rest] = wrapTextWithAnsi(text, width - indent);
  return [first, ...rest.map((each) => ' '.repeat(indent) + each)];
}
