import { resolve } from 'node:path/posix';
import { parse } from 'unbash';
import type { Command, Redirection, SyntaxNode, Word } from 'unbash';
import type { Effect, RunEffect } from '../effect/effect.ts';
import type { CommandClass } from './command-class.ts';

/** An effect of a command line, with what the command is known to be. */
export interface CommandEffect {
  readonly effect: Effect;
  readonly classes?: readonly CommandClass[];
  readonly why?: string;
}

const readers = new Set(
  'cat head tail wc ls pwd echo printf true false grep rg nl tac cut tr diff cmp stat file du df which date uname whoami id basename dirname realpath readlink'.split(
    ' ',
  ),
);
const gitReaders = new Set(['status', 'log', 'diff', 'show', 'blame', 'rev-parse', 'ls-files', 'describe']);
const scripts =
  /^(?:npm (?:test|t)|(?:npm|pnpm|yarn) (?:run )?(?:test|lint|build|typecheck)|npx (?:vitest run|tsc --noEmit)|node --test)(?: |$)/;

/** Takes a command line apart into its commands and what each would touch. What is not understood is `unknown`. */
export function commandsOf(run: RunEffect): readonly CommandEffect[] {
  if (run.argv) return simple(run.argv, run.cwd);
  const script = parse(run.command);
  if (script.errors) return [unknown(run.command)];
  return script.commands.flatMap((statement) =>
    statement.background ? [unknown(run.command)] : node(statement.command, run.cwd),
  );
}

function node(tree: SyntaxNode, cwd: string): readonly CommandEffect[] {
  if (tree.type === 'AndOr' || tree.type === 'Pipeline') return tree.commands.flatMap((part) => node(part, cwd));
  if (tree.type === 'Command') return command(tree, cwd);
  return [unknown(`a ${tree.type} construct`)];
}

function command(tree: Command, cwd: string): readonly CommandEffect[] {
  if (!tree.name || tree.prefix.length > 0) return [unknown('an assignment')];
  const words: string[] = [];
  const effects: CommandEffect[] = [];
  for (const part of [tree.name, ...tree.suffix]) {
    if (part.type === 'Word') {
      const text = literal(part);
      if (text === undefined) effects.push(unknown(`\`${part.text}\` is only known when it runs`));
      words.push(text ?? part.text);
    } else if (part.type === 'Assignment') words.push(part.text);
    else effects.push(...redirect(part, cwd));
  }
  return [...simple(words, cwd), ...effects];
}

function literal(word: Word): string | undefined {
  const plain = (word.parts ?? []).every(
    (part) =>
      part.type === 'Literal' ||
      part.type === 'SingleQuoted' ||
      part.type === 'AnsiCQuoted' ||
      (part.type === 'DoubleQuoted' && part.parts.every((inner) => inner.type === 'Literal')),
  );
  return plain && !word.text.startsWith('~') ? word.value : undefined;
}

function redirect(part: Redirection, cwd: string): readonly CommandEffect[] {
  if (part.type !== 'Redirect' || !part.target) return [unknown('a here-document')];
  const target = literal(part.target);
  if (target === undefined) return [unknown(`\`${part.target.text}\` is only known when it runs`)];
  if (target === '/dev/null' || (part.operator.endsWith('&') && /^[0-9-]+$/.test(target))) return [];
  const path = resolve(cwd, target);
  return [{ effect: part.operator === '<' ? { kind: 'read', path } : { kind: 'write', path } }];
}

function simple(argv: readonly string[], cwd: string): readonly CommandEffect[] {
  const effect = { kind: 'run', command: argv.join(' '), argv, cwd } as const;
  const [program = '', first = ''] = argv;
  const reads =
    readers.has(program) ||
    (program === 'git' && gitReaders.has(first) && !argv.some((word) => word.startsWith('--o')));
  if (reads) {
    const paths = program === 'git' ? [] : argv.slice(1).filter((word) => !word.startsWith('-'));
    return [
      { effect, classes: ['@reads'] },
      ...paths.map((path) => ({ effect: { kind: 'read', path: resolve(cwd, path) } as const })),
    ];
  }
  if (scripts.test(effect.command)) return [{ effect, classes: ['@scripts'] }];
  if (program === 'rm' && argv.some((word) => /^-[a-zA-Z]*[rR]|^--recursive/.test(word)) && argv.includes('/')) {
    return [{ effect, classes: ['@catastrophic'], why: 'It would delete the whole file system.' }];
  }
  return [{ effect }];
}

function unknown(note: string): CommandEffect {
  return { effect: { kind: 'unknown', note } };
}
