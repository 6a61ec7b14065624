import { Command, InvalidArgumentError } from 'commander';
import type { ContextReport, FileKind, SearchHit } from '@capstan/code';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { redactorHere } from '../project/guard-text.ts';
import { localEmbed } from '../project/local-embed.ts';
import { openCodeIndex } from '../project/open-code-index.ts';
import { rootOf } from '../project/open-project.ts';
import { readableIn } from '../project/readable.ts';
import { plainText } from '../render/plain-text.ts';

const kinds: readonly FileKind[] = ['source', 'test', 'example', 'docs', 'config', 'declaration', 'data'];

const help = `
Examples:
  capstan search "where are sessions stored"
  capstan search "fix(router): trailing slash is lost" --json -k 20
  capstan search "retry with backoff" --path packages/core --kind source
  capstan search "retry with backoff" --context 4000`;

interface Flags {
  readonly limit: number;
  readonly path?: string;
  readonly kind?: readonly FileKind[];
  readonly context?: number;
  readonly near?: readonly string[];
  readonly history: boolean;
  readonly meaning: boolean;
}

/** `capstan search`: ranks files for a question, a task or the subject of a commit; no model is asked. */
export function command(cli: Cli): Command {
  const search = withGlobals(new Command('search'))
    .description('Find the files that a task or question is about: by words, names, paths and past commits')
    .argument('<query...>', 'question, task, name or subject of a commit')
    .option('-k, --limit <n>', 'most files', count, 10)
    .option('--path <path>', 'only below this folder')
    .option('--kind <kind>', `only files of this kind, repeatable: ${kinds.join(', ')}`, addKind)
    .option('--near <file>', 'file you work on, repeatable; what lies near it counts more', add)
    .option('--context <tokens>', 'give pieces of the files for a prompt within this budget', count)
    .option('--no-history', 'leave past commits out')
    .option('--no-meaning', 'leave out the embedding model of an Ollama that runs here')
    .addHelpText('after', help);
  return search.action(async (words: readonly string[], flags: Flags) => {
    const root = rootOf(cli, globalsOf(cli, search));
    const index = await openCodeIndex(root);
    try {
      const query = words.join(' ');
      const { limit, path, kind, near, history, meaning, context: tokens } = flags;
      const embed = meaning ? await localEmbed(cli) : undefined;
      const options = {
        limit,
        history,
        mask: await readableIn(cli, root),
        ...(embed ? { embed } : {}),
        ...(path === undefined ? {} : { path }),
        ...(kind === undefined ? {} : { kinds: kind }),
        ...(near === undefined ? {} : { work: { files: near } }),
      };
      const start = cli.io.clock();
      const files = await index.search(query, options);
      const searchMs = Math.round((cli.io.clock() - start) * 10) / 10;
      const context =
        tokens === undefined
          ? undefined
          : await index.context(query, { ...options, tokens, redact: await maskedText(cli, root) });
      cli.finish('search', {
        payload: { query, files, ...(context ? { context } : {}) },
        text: context ? contextText(context) : hitsText(files),
        meta: { root: index.root, searchMs },
      });
    } finally {
      await index.close();
    }
  });
}

/** Masks secrets in what is shown of files. */
async function maskedText(cli: Cli, root: string): Promise<(text: string) => string> {
  const redactor = await redactorHere(cli, root);
  return (text) => redactor.redact(text);
}

function hitsText(files: readonly SearchHit[]): string {
  if (files.length === 0) return 'Nothing fits. Try other words.';
  const rows = files.map(({ path, line, endLine, symbols, why }, at) => {
    const names = symbols.length === 0 ? '' : `\n    ${symbols.slice(0, 6).join(', ')}`;
    return `${String(at + 1).padStart(2)}. ${path}:${line}-${endLine}${names}\n    ${why}`;
  });
  return plainText(rows.join('\n'));
}

function contextText({ pieces, tokens, left }: ContextReport): string {
  const blocks = pieces.map(({ path, line, endLine, form, text, why }) => {
    const place = form === 'outline' ? 'outline' : `${line}-${endLine}`;
    return `── ${path} (${place}; ${why})\n${text}`;
  });
  const rest = left.length === 0 ? [] : [`left out for want of room: ${left.join(', ')}`];
  return plainText([...blocks, `${tokens} tokens, estimated`, ...rest].join('\n'));
}

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Give a whole number above 0.');
}

function add(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function addKind(text: string, before: readonly FileKind[] = []): readonly FileKind[] {
  const kind = kinds.find((one) => one === text);
  if (kind) return [...before, kind];
  throw new InvalidArgumentError(`One of: ${kinds.join(', ')}.`);
}
