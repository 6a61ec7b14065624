import { knownTexts } from './call.ts';
import type { Call, Handler, Outcome } from './call.ts';
import { copy } from './state.ts';
import { touch } from './touch.ts';

const fromNetwork = 'It would run what comes from the network, unseen.';

/** Understands `sh`, `bash` and their like: code given with `-c`, on standard input or as a file. */
export const shell: Handler = (call) => {
  const { words, state, context, name } = call;
  let at = 0;
  let code = false;
  let standard = false;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word?.known || word.glob || !/^[-+]/.test(word.text)) break;
    if (/^--(?:version|help)$/.test(word.text)) return {};
    if (/^--(?:noprofile|norc|login|posix)$/.test(word.text)) continue;
    if (word.text === '--' || word.text === '-') {
      at += 1;
      break;
    }
    if (word.text === '-o' || word.text === '+o') {
      at += 1;
      continue;
    }
    if (!/^[-+][aceflimnsuvxhBEo]+$/.test(word.text))
      return { unclear: `The option \`${word.text}\` of ${name} is not known to be harmless.` };
    if (word.text.endsWith('o')) at += 1;
    code ||= word.text.includes('c');
    standard ||= word.text.includes('s');
    if (word.text === '-n' && words.length === at + 2) return checkSyntax(call, at + 1);
  }
  const operand = words[at];
  if (code) return operand ? runCode(call, at) : {};
  if (operand?.remote || (state.stdin.remote && (standard || !operand))) return { harm: fromNetwork };
  if (operand && !standard) {
    touch('read', operand, state, context);
    return { ask: `\`${operand.text}\` is a script, which is not looked into.` };
  }
  if (state.stdin.code !== undefined && !/^(?:fish|csh|tcsh)$/.test(name)) {
    return { origin: context.source(state.stdin.code, { ...copy(state), stdin: {}, args: words.slice(at) }) };
  }
  return { unclear: `${name} would run lines that are only known when it runs.` };
};

function checkSyntax({ words, state, context }: Call, at: number): Outcome {
  const file = words[at];
  if (file) touch('read', file, state, context);
  return {};
}

function runCode({ words, state, context, name }: Call, at: number): Outcome {
  const operand = words[at];
  if (!operand) return {};
  if (operand.remote) return { harm: fromNetwork };
  if (!operand.known) return { unclear: `${name} would run \`${operand.text}\`, which is only known when it runs.` };
  if (!/^(?:ba|da|a|z|k|mk)?sh$/.test(name)) return { unclear: `Code for ${name} is not understood.` };
  const args = words.slice(at + 2);
  return { origin: context.source(operand.text, { ...copy(state), args }) };
}

const harmlessCode =
  /^(?:console\.log\()?(?:process\.(?:versions?(?:\.\w+)?|platform|arch)|require\((["'])\.\/[\w./-]*package\.json\1\)(?:\.\w+|\[(["'])[\w@/.-]+\2\])*|[\d\s+*/().-]+)\)?;?$/;
const modules = new Set([
  'pytest',
  'unittest',
  'mypy',
  'ruff',
  'black',
  'flake8',
  'pylint',
  'pyright',
  'isort',
  'json.tool',
  'doctest',
]);

/** Understands interpreters as far as that goes: versions, tests, and code from the network. */
export const interpreter: Handler = ({ name, words, state, context }) => {
  const texts = knownTexts(words);
  const operand = words.find((word) => !word.text.startsWith('-'));
  if (words.some((word) => word.remote) || (state.stdin.remote && (!operand || operand.text === '-')))
    return { harm: fromNetwork };
  if (!texts || texts.length === 0) return { ask: `What ${name} would run is not known.` };
  const [first = '', second = ''] = texts;
  if (texts.length === 1 && /^(?:--version|-V|-v|--help|-h|version)$/.test(first)) return {};
  if (name === 'php' && texts.length === 1 && first === '-m') return {};
  if (/^python/.test(name) && first === '-m' && modules.has(second)) {
    return { origin: context.command(words.slice(1), state), scripts: true };
  }
  if (/^python/.test(name) && first === '-m' && second === 'pip' && words.length > 2)
    return { origin: context.command(words.slice(1), state) };
  if (
    name === 'node' &&
    /^(?:-p|--print|-pe|-e|--eval)$/.test(first) &&
    texts.length === 2 &&
    harmlessCode.test(second)
  )
    return {};
  if (
    /^python/.test(name) &&
    first === '-c' &&
    texts.length === 2 &&
    /^import (?:sys|platform); print\((?:sys|platform)\.\w+(?:\(\))?\)$/.test(second)
  )
    return {};
  if (name === 'node' && /^(?:-c|--check)$/.test(first) && words[1] && words.length === 2) {
    touch('read', words[1], state, context);
    return {};
  }
  if (
    /^(?:ruby|perl|php)$/.test(name) &&
    /^(?:-c|-l|-wc)$/.test(first) &&
    words[1] &&
    words.length === 2 &&
    name !== 'perl'
  ) {
    touch('read', words[1], state, context);
    return {};
  }
  if (
    /\b(?:for|while)\b[^]*\bfork\(\)|\bfork\(\)[^]*\b(?:for|while)\b|\bfork\b[^]*\bfork\b|fork\s+while|while\s*\(?\s*(?:1|true)?\s*\)?:?\s*[^]*fork\(\)/i.test(
      texts.join(' '),
    )
  ) {
    return { harm: 'It would start processes without end.' };
  }
  return { ask: `Code for ${name} is not looked into.` };
};
