import type { Call } from './call.ts';
import { knownTexts } from './call.ts';
import { literal } from './field.ts';
import type { Origin } from './state.ts';
import { pathsOf } from './touch.ts';

const passing = /^(?:grep|egrep|fgrep|head|tail|sort|uniq|tac|shuf|cat|tee)$/;

/** Says what is known of a command's output. */
export function originOf({ name, words, state, context }: Call): Origin {
  const texts = knownTexts(words);
  const remote = state.stdin.remote === true || words.some((word) => word.remote);
  const from: Origin = remote ? { remote } : {};
  if (name === 'pwd' && state.cwds?.length === 1) return { field: literal(state.cwds[0] ?? '') };
  if (name === 'nproc' || (name === 'id' && texts?.join(' ') === '-u')) return number();
  if (name === 'date' && texts?.length === 1 && /^\+(?:%[YmdHMSsNjyFTuVe]|[-_:.T])+$/.test(texts[0] ?? ''))
    return number();
  if (name === 'wc' && texts?.every((text) => text.startsWith('-')) && texts.length === 1) return number();
  if (name === 'git' && texts) return { ...from, ...gitOrigin(texts, { name, words, state, context }) };
  if (passing.test(name) && state.stdin.paths && words.every((word) => word.known)) {
    const listing = /^(?:grep|egrep|fgrep)$/.test(name) && words.some((word) => /^-\w*[lL]/.test(word.text));
    if (!listing) return { ...from, paths: state.stdin.paths };
  }
  if (/^(?:rg|fd|fdfind|grep|egrep)$/.test(name) && lists(name, texts)) {
    const paths = state.cwds?.map((cwd) => `${cwd}/**`);
    const plain = texts?.every((text) => !/^(?:[/~]|.*\.\.\/)/.test(text));
    if (paths && plain) return { ...from, paths };
  }
  const listed = name === 'ls' ? texts?.filter((text) => !text.startsWith('-')) : undefined;
  if (listed?.length === 1 && listed[0]?.startsWith('/'))
    return { ...from, paths: [`${listed[0].replace(/\/+$/, '')}/*`] };
  // Names in folders below are names, or paths, in this folder.
  if (name === 'ls' && words.every((word) => word.known && !/^[/~.]|\.\./.test(word.text)))
    return { ...from, paths: state.cwds?.map((cwd) => `${cwd}/**`) ?? [] };
  if (name === 'echo' || name === 'printf') {
    const shown = name === 'printf' ? words.slice(1) : words.filter((word) => !/^-[neE]+$/.test(word.text));
    const [only] = shown;
    const line = name === 'echo' || (words.length > 0 && /^(?:%s(?:\\n)?)+$/.test(words[0]?.text ?? ''));
    if (only && shown.length === 1 && line) return { ...from, field: only };
    const said = line ? knownTexts(shown) : undefined;
    if (said && said.length > 0) return { ...from, field: literal(said.join(' ')) };
    const paths = shown.filter((word) => word.glob).flatMap((word) => pathsOf(word, state) ?? []);
    if (paths.length > 0 && shown.every((word) => word.glob)) return { ...from, paths };
  }
  if ((name === 'dirname' || name === 'basename') && texts?.length === 1)
    return { ...from, field: literal(part(name, texts[0] ?? '')) };
  return from;
}

function number(): Origin {
  return { field: { text: '0', known: true, number: true } };
}

function part(name: string, path: string): string {
  const bare = path.length > 1 ? path.replace(/\/+$/, '') : path;
  const at = bare.lastIndexOf('/');
  if (name === 'basename') return bare.slice(at + 1);
  return at < 0 ? '.' : bare.slice(0, at) || '/';
}

function lists(name: string, texts: readonly string[] | undefined): boolean {
  if (!texts) return false;
  if (name.startsWith('fd')) return true;
  return texts.some((text) => /^-[a-zA-Z]*[lL]|^--files/.test(text));
}

function gitOrigin(texts: readonly string[], { state, context }: Call): Origin {
  const [first, ...rest] = texts;
  const paths = state.cwds?.map((cwd) => `${cwd}/**`);
  if (
    first === 'ls-files' ||
    ((first === 'diff' || first === 'show') && rest.includes('--name-only')) ||
    (first === 'grep' && rest.includes('-l'))
  ) {
    return paths ? { paths } : {};
  }
  if (first === 'rev-parse' && rest.join(' ') === '--show-toplevel' && context.roots.length === 1) {
    return { field: literal(context.roots[0] ?? '') };
  }
  if (first === 'rev-parse' || first === 'merge-base') return {};
  return {};
}
