import type { EditorTheme, MarkdownTheme, SelectListTheme } from '@earendil-works/pi-tui';
import type { Colour } from '../render/colour.ts';
import { themes, type ThemeName } from './themes.ts';

/** How code is painted, by the scopes of highlight.js. */
export interface Syntax {
  readonly plain: (text: string) => string;
  readonly scopes: Readonly<Record<string, (text: string) => string>>;
}

/** How the parts of the terminal UI look. */
export interface Theme {
  readonly colour: Colour;
  readonly markdown: MarkdownTheme;
  readonly list: SelectListTheme;
  readonly editor: EditorTheme;
  readonly syntax: Syntax;
}

/** Colours code, a line for a line. */
export type Highlighter = (code: string, language: string | undefined, syntax: Syntax) => string[];

/**
 * Makes a theme from the sixteen colours every terminal has, or from none.
 *
 * @param highlighter Gives the function that colours code once it is loaded; until then code has one colour.
 */
export function createTheme(
  colour: Colour,
  {
    name = 'dark',
    highlighter = () => undefined,
  }: { readonly name?: ThemeName; readonly highlighter?: () => Highlighter | undefined } = {},
): Theme {
  const { accent, heading, code, link, keyword, string, number, title, type, comment } = themes[name](colour);
  const list: SelectListTheme = {
    selectedPrefix: accent,
    selectedText: accent,
    description: colour.dim,
    scrollInfo: colour.dim,
    noMatch: colour.yellow,
  };
  const syntax: Syntax = {
    plain: (text) => text,
    scopes: {
      keyword,
      built_in: type,
      type,
      class: type,
      literal: number,
      number,
      string,
      regexp: string,
      template: string,
      subst: (text) => text,
      symbol: number,
      title,
      function: title,
      section: heading,
      attr: title,
      attribute: title,
      property: title,
      variable: (text) => text,
      params: (text) => text,
      comment,
      doctag: comment,
      meta: comment,
      tag: keyword,
      name: keyword,
      selector: keyword,
      addition: colour.green,
      deletion: colour.red,
      bullet: accent,
      link,
    },
  };
  const markdown: MarkdownTheme = {
    heading,
    link,
    linkUrl: colour.dim,
    code,
    codeBlock: (text) => text,
    codeBlockBorder: colour.dim,
    quote: colour.italic,
    quoteBorder: colour.dim,
    hr: colour.dim,
    listBullet: accent,
    bold: colour.bold,
    italic: colour.italic,
    strikethrough: colour.strikethrough,
    underline: colour.underline,
    highlightCode: (text, language) => highlighter()?.(text, language, syntax) ?? text.split('\n'),
  };
  return { colour, markdown, list, editor: { borderColor: colour.dim, selectList: list }, syntax };
}

/** Makes a theme in use look like another one; what is on the screen already follows with the next frame. */
export function changeTheme(theme: Theme, next: Theme): void {
  Object.assign(theme.markdown, next.markdown);
  Object.assign(theme.list, next.list);
  Object.assign(theme.editor, next.editor);
  Object.assign(theme.syntax, next.syntax);
}
