import type { EditorTheme, MarkdownTheme, SelectListTheme } from '@earendil-works/pi-tui';
import type { Colour } from '../render/colour.ts';

/** How the parts of the terminal UI look. */
export interface Theme {
  readonly colour: Colour;
  readonly markdown: MarkdownTheme;
  readonly list: SelectListTheme;
  readonly editor: EditorTheme;
}

/** Makes the theme from the sixteen colours every terminal has, or from none. */
export function createTheme(colour: Colour): Theme {
  const list: SelectListTheme = {
    selectedPrefix: colour.cyan,
    selectedText: colour.cyan,
    description: colour.dim,
    scrollInfo: colour.dim,
    noMatch: colour.yellow,
  };
  const markdown: MarkdownTheme = {
    heading: (text) => colour.bold(colour.cyan(text)),
    link: colour.blue,
    linkUrl: colour.dim,
    code: colour.yellow,
    codeBlock: colour.green,
    codeBlockBorder: colour.dim,
    quote: colour.italic,
    quoteBorder: colour.dim,
    hr: colour.dim,
    listBullet: colour.cyan,
    bold: colour.bold,
    italic: colour.italic,
    strikethrough: colour.strikethrough,
    underline: colour.underline,
  };
  return { colour, markdown, list, editor: { borderColor: colour.dim, selectList: list } };
}
