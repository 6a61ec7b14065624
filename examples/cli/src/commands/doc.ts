import { Command } from 'commander';
import type { DescribedSymbol } from '@capstan/code';
import { withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { plural } from '../render/amounts.ts';
import { plainText } from '../render/plain-text.ts';
import { rangeWords, type FileRange } from '../run/file-range.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { modelAnswers, withFacts, type StudyFlags } from '../study/study.ts';
import { foundOnce } from '../study/target.ts';
import { writeScoped } from '../study/write-scoped.ts';

const help = `
Examples:
  capstan doc src/cache.ts
  capstan doc lib/parse.py:10-60 --mode suggest
  capstan doc README.md
  capstan doc --facts src/cache.ts       what lacks a comment

Code stays as it is: a change that touches more than comments and docstrings is refused.`;

/** `capstan doc`: writes the comments that a reader needs. */
export function command(cli: Cli): Command {
  const doc = withFacts(withRunOptions(new Command('doc')))
    .description('Write documentation comments for a file, in the way its language has them; code stays as it is')
    .argument('<what>', 'FILE, FILE:12 or FILE:12-40')
    .addHelpText('after', help);
  return withGlobals(doc).action(async (what: string) => {
    const { facts, dryRun } = doc.opts<StudyFlags>();
    const find = foundOnce(what, cli.io.cwd);
    const answers = await modelAnswers(cli, doc);
    if (facts || (!answers.model && !dryRun)) {
      return cli.finish('doc', await lacking(find(answers.root), { root: answers.root, only: facts === true }));
    }
    const { onlyCommentsChanged } = await import('@capstan/code');
    await writeScoped(cli, doc, {
      name: 'doc',
      task: async (root) =>
        taskOf(
          find(root),
          (await documented(root, find(root))).filter(({ doc: text }) => text === undefined),
        ),
      scope: (root) => {
        const { path } = find(root);
        return {
          path,
          refuse(before, after) {
            const check = onlyCommentsChanged(path, before, after);
            if (check.same) return undefined;
            const lines =
              check.before === check.after ? '' : ` It was "${check.before}" and would be "${check.after}".`;
            return `Only comments and docstrings of ${path} may change. ${check.why}${lines}`;
          },
        };
      },
    });
  });
}

/** Declarations of a file, or of some lines of it, that others use. */
async function documented(root: string, { path, lines }: FileRange): Promise<readonly DescribedSymbol[]> {
  const { describePlace } = await import('@capstan/code');
  const index = await openCodeIndex(root);
  try {
    if (!index.file(path)?.language) return [];
    const { outline } = await describePlace(index, { path, ...(lines ? { lines } : {}) }, { commits: 1 });
    const seen = new Set(outline.filter(({ exported, kind }) => exported && !bare.has(kind)).map(({ name }) => name));
    return outline.filter((one) => (one.exported ? !bare.has(one.kind) : isOpenMember(one, seen)));
  } finally {
    await index.close();
  }
}

const bare: ReadonlySet<string> = new Set(['variable', 'field']);

/** A method that whoever has the class can call. */
function isOpenMember({ kind, name, container, signature }: DescribedSymbol, seen: ReadonlySet<string>): boolean {
  const hidden = /^[_#]/.test(name) || /^(?:private|protected)\b/.test(signature) || name === 'constructor';
  return kind === 'method' && seen.has(container) && !hidden;
}

async function lacking(
  range: FileRange,
  { root, only }: { readonly root: string; readonly only: boolean },
): Promise<Outcome> {
  const all = await documented(root, range);
  const missing = all.filter(({ doc }) => doc === undefined);
  const rows = missing.map(({ line, kind, name, container }) => {
    const holder = container === '' ? '' : `${container}.`;
    return `  ${range.path}:${line}  ${kind} ${holder}${name}`;
  });
  const head = `${plural(all.length, 'declaration')} that others use, ${missing.length} without a comment.`;
  const told = missing.map(({ name, kind, container, line, signature }) => ({
    name,
    kind,
    container,
    line,
    signature,
  }));
  const left = only ? [] : ['Nothing was written: no model answers here. See "capstan auth".'];
  return {
    payload: { path: range.path, declarations: all.length, missing: told },
    text: plainText([head, ...rows, ...left].join('\n')),
    exit: only || missing.length === 0 ? 0 : 1,
    meta: { root },
  };
}

function taskOf(range: FileRange, missing: readonly DescribedSymbol[]): string {
  if (/\.(?:md|mdx|rst|txt|adoc)$/i.test(range.path)) {
    return `Bring ${rangeWords(range)} up to date with the repository: what it is for, how it is installed and used, what a newcomer needs. Look at what the code does; try nothing out. Keep what is right, in its order and tone. Change no other file.`;
  }
  const rows = missing.map(({ line, kind, name }) => `- ${kind} ${name}, line ${line}`);
  const known = rows.length === 0 ? '' : `\n\nWithout a comment are:\n${rows.join('\n')}`;
  return `Document ${rangeWords(range)}: JSDoc or TSDoc in JavaScript and TypeScript, docstrings in Python, doc comments in Go and elsewhere.

Write a comment on each thing that others use and that has none or a wrong one. Say what types and names do not: units, shape, order, defaults, errors, why. Read its callers first. Change comments only, no code: a change of code is refused.${known}`;
}
