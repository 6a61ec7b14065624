import type { Colour } from '../render/colour.ts';

/** How a theme paints what it names; each from the sixteen colours that every terminal has and its user chose. */
export interface Palette {
  readonly accent: (text: string) => string;
  readonly heading: (text: string) => string;
  readonly code: (text: string) => string;
  readonly link: (text: string) => string;
  readonly keyword: (text: string) => string;
  readonly string: (text: string) => string;
  readonly number: (text: string) => string;
  readonly title: (text: string) => string;
  readonly type: (text: string) => string;
  readonly comment: (text: string) => string;
}

/** Every theme by its name. */
export const themes = {
  dark: ({ cyan, bold, yellow, blue, magenta, green, dim, cyanBright }: Colour): Palette => ({
    accent: cyan,
    heading: (text) => bold(cyan(text)),
    code: yellow,
    link: blue,
    keyword: magenta,
    string: green,
    number: yellow,
    title: cyanBright,
    type: cyan,
    comment: dim,
  }),
  light: ({ blue, bold, magenta, green, red, dim }: Colour): Palette => ({
    accent: blue,
    heading: (text) => bold(blue(text)),
    code: magenta,
    link: blue,
    keyword: blue,
    string: green,
    number: red,
    title: bold,
    type: magenta,
    comment: dim,
  }),
  bright: ({ cyanBright, bold, yellowBright, blueBright, magentaBright, greenBright, white }: Colour): Palette => ({
    accent: cyanBright,
    heading: (text) => bold(cyanBright(text)),
    code: yellowBright,
    link: blueBright,
    keyword: magentaBright,
    string: greenBright,
    number: yellowBright,
    title: bold,
    type: cyanBright,
    comment: white,
  }),
  plain: ({ bold, italic, underline }: Colour): Palette => ({
    accent: bold,
    heading: bold,
    code: (text) => text,
    link: underline,
    keyword: bold,
    string: (text) => text,
    number: (text) => text,
    title: (text) => text,
    type: (text) => text,
    comment: italic,
  }),
} as const;

export type ThemeName = keyof typeof themes;

/** The names of the themes, the usual one first. */
export const themeNames = Object.keys(themes) as readonly ThemeName[];
