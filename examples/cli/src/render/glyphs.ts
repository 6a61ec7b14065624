/** The signs that cards are drawn with. */
export interface Glyphs {
  readonly call: string;
  readonly bar: string;
  readonly end: string;
  readonly child: string;
}

/** Gives signs for terminals with Unicode, or plain ones. */
export function glyphs(unicode: boolean): Glyphs {
  return unicode ? { call: '●', bar: '│', end: '└', child: '↳' } : { call: '*', bar: '|', end: '`', child: '->' };
}

/** Tells whether the terminal draws more than ASCII, by its locale and type. */
export function drawsUnicode(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return (env['WT_SESSION'] ?? env['TERM_PROGRAM'] ?? '') !== '';
  if (env['TERM'] === 'linux' || env['TERM'] === 'dumb') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale === '' || /utf-?8/i.test(locale);
}
