import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import makefile from 'highlight.js/lib/languages/makefile';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import scss from 'highlight.js/lib/languages/scss';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import type { Syntax } from './theme.ts';

const languages = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  makefile,
  markdown,
  php,
  python,
  ruby,
  rust,
  scss,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
hljs.registerAliases(['sh', 'shell', 'zsh', 'console'], { languageName: 'bash' });
hljs.registerAliases(['vue', 'svelte'], { languageName: 'xml' });

/** Longest code that is coloured, in characters; more would hold up the screen. */
const most = 40_000;

/** Colours code of a language, a line for a line; code of an unknown one stays as it is. */
export function highlight(code: string, language: string | undefined, syntax: Syntax): string[] {
  const name = language?.toLowerCase().split(/[\s,:{]/, 1)[0] ?? '';
  if (code.length > most || !hljs.getLanguage(name)) return code.split('\n').map((line) => syntax.plain(line));
  return toLines(hljs.highlight(code, { language: name, ignoreIllegals: true }).value, syntax);
}

/** Reads the marked-up text that highlight.js gives; a colour never spans a line's end. */
function toLines(html: string, syntax: Syntax): string[] {
  const scopes: string[] = [];
  let text = '';
  for (const [piece, open, close] of html.matchAll(/<span class="([^"]*)">|(<\/span>)|[^<]+/g)) {
    if (open !== undefined) scopes.push(open);
    else if (close !== undefined) scopes.pop();
    else {
      const paint = paintOf(scopes, syntax);
      const words = unescape(piece).split('\n');
      text += words.map((word) => (word === '' ? '' : paint(word))).join('\n');
    }
  }
  return text.split('\n');
}

function paintOf(scopes: readonly string[], syntax: Syntax): (text: string) => string {
  for (const scope of scopes.toReversed()) {
    const name = scope.replace(/^hljs-/, '').split(/[\s.]/, 1)[0] ?? '';
    const paint = syntax.scopes[name];
    if (paint) return paint;
  }
  return syntax.plain;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#x27': "'" };

function unescape(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|#x27);/g, (_, name: string) => entities[name] ?? '');
}
