import type { Handler } from './call.ts';
import { mayBeOption } from './field.ts';
import { note } from './state.ts';
import { touch } from './touch.ts';

/** Understands `awk`: files it reads, and programs that write or run something. */
export const awk: Handler = ({ words, state, context }) => {
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word || !mayBeOption(word) || word.text === '-') break;
    if (!word.known || word.glob) return { ask: `\`${word.text}\` may turn out to be an option of awk.` };
    if (word.text === '--') {
      at += 1;
      break;
    }
    if (/^-[Fv]$/.test(word.text)) at += 1;
    else if (/^(?:--version|-V|--help)$/.test(word.text)) return {};
    else if (!/^(?:-[Fv].|--field-separator=|--assign=|--re-interval$|--posix$|-P$|--csv$|-k$)/.test(word.text)) {
      return { ask: `The option \`${word.text}\` of awk is not known to be harmless.` };
    }
  }
  const program = words[at];
  if (!program) return {};
  if (!program.known || program.glob) note(context, `the awk program \`${program.text}\` is only known when it runs`);
  else {
    const commands: string[] = [];
    const problem = awkProblem(program.text, commands);
    if (problem) note(context, problem);
    else for (const command of commands) context.source(command, { ...state, stdin: {} });
  }
  for (const word of words.slice(at + 1)) {
    if (!/^[a-zA-Z_]\w*=/.test(word.text)) touch('read', word, state, context);
    else if (!word.known) continue;
  }
  return {};
};

const tokens =
  /(?<space>[ \t\r]+|\\\n|#[^\n]*)|(?<string>"(?:[^"\\\n]|\\[^])*")|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?<name>[a-zA-Z_]\w*)|(?<sign>\|\||&&|>>|[-+*/%^!=<>~]=|\+\+|--|[^])/y;
const keywords = new Set(['print', 'printf', 'return', 'case', 'in', 'do', 'else', 'exit', 'getline', 'delete']);

/** A line for a shell that is sure: a string to its end, without anything that awk would put in. */
const wholeString = /\s*"([^"\\\n]*)"\s*(?=[;}\n]|$)/y;

/** Says what an awk program does besides reading its files and printing, or that it is not understood; `commands` gets the shell lines it prints to. */
export function awkProblem(program: string, commands: string[] = []): string | undefined {
  if (/\bsystem\b|\bgetline\b|\bENVIRON\b|\bPROCINFO\b|@|\bARGV\b|\|&/.test(program))
    return 'the awk program can run a command or read another file';
  let operand = false;
  let printing = false;
  let depth = 0;
  tokens.lastIndex = 0;
  while (tokens.lastIndex < program.length) {
    const groups = tokens.exec(program)?.groups;
    if (!groups) return 'the awk program is not understood';
    const { space, string, number, name, sign } = groups;
    if (space !== undefined) continue;
    if (string !== undefined || number !== undefined) operand = true;
    else if (name !== undefined) {
      operand = !keywords.has(name);
      if (name === 'print' || name === 'printf') [printing, depth] = [true, 0];
    } else if (sign === '"') return 'the awk program is not understood';
    else if (sign === '/' && !operand) {
      const regex = /(?:[^/\\\n[]|\\.|\[\^?\]?(?:[^\]/\\\n]|\\.)*\])*\//y;
      regex.lastIndex = tokens.lastIndex;
      const found = regex.exec(program);
      if (!found) return 'the awk program is not understood';
      tokens.lastIndex = regex.lastIndex;
      operand = true;
    } else if (sign === '|') {
      wholeString.lastIndex = tokens.lastIndex;
      const line = printing ? wholeString.exec(program)?.[1] : undefined;
      if (line === undefined) return 'the awk program can run a command';
      commands.push(line);
      tokens.lastIndex = wholeString.lastIndex;
    } else {
      if (sign === '(') depth += 1;
      else if (sign === ')') depth -= 1;
      else if (sign === ';' || sign === '\n' || sign === '{' || sign === '}') printing = false;
      if ((sign === '>' || sign === '>>') && (depth <= 0 || sign === '>>') && printing) {
        const rest = program.slice(tokens.lastIndex);
        if (!/^\s*"\/dev\/(?:stderr|stdout|null)"\s*(?:[;}\n]|$)/.test(rest)) return 'the awk program can write a file';
      }
      operand = sign === ')' || sign === ']' || sign === '++' || sign === '--';
    }
  }
  return undefined;
}
