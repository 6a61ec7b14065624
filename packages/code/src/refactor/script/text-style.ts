import type ts from 'typescript-6';
import type { TypeScript } from './load-typescript.ts';

/** How a file is written, for code that is put into it. */
export interface TextStyle {
  readonly format: ts.FormatCodeSettings;
  readonly preferences: ts.UserPreferences;
}

/** Reads line ends, indentation, quotes and semicolons off a text. */
export function styleOf(typescript: TypeScript, text: string): TextStyle {
  const lines = text.split('\n');
  const indents = lines.map((line) => /^[\t ]+(?=\S)/.exec(line)?.[0] ?? '').filter((one) => one !== '');
  const tabs = indents.filter((one) => one.startsWith('\t')).length;
  const isSpaces = tabs * 2 <= indents.length;
  const size = isSpaces ? smallest(indents) : 4;
  const ends = lines.filter((line) => /[;{},(]\r?$/.test(line)).filter((line) => /;\r?$/.test(line)).length;
  const bare = lines.filter((line) =>
    /^\s*(const|let|return|import|export \*|export \{)\b.*[\w)'"}\]]\r?$/.test(line),
  ).length;
  const { SemicolonPreference, IndentStyle } = typescript;
  return {
    format: {
      ...typescript.getDefaultFormatCodeSettings(text.includes('\r\n') ? '\r\n' : '\n'),
      indentSize: size,
      tabSize: size,
      convertTabsToSpaces: isSpaces,
      indentStyle: IndentStyle.Smart,
      semicolons: bare > ends ? SemicolonPreference.Remove : SemicolonPreference.Ignore,
    },
    preferences: {
      quotePreference: count(text, "'") >= count(text, '"') ? 'single' : 'double',
      allowTextChangesInNewFiles: true,
      providePrefixAndSuffixTextForRename: true,
      provideRefactorNotApplicableReason: true,
      includeCompletionsForModuleExports: true,
      importModuleSpecifierPreference: 'relative',
    },
  };
}

function smallest(indents: readonly string[]): number {
  const sizes = indents.map(({ length }) => length).filter((length) => length > 1);
  const two = sizes.filter((size) => size % 4 === 2).length;
  return sizes.length > 0 && two === 0 && sizes.every((size) => size % 4 === 0 || size % 4 === 1) ? 4 : 2;
}

function count(text: string, quote: string): number {
  return text.split(quote).length - 1;
}
