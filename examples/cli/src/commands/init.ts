import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { prepareFolder, rootOf } from '../project/open-project.ts';
import { plainText } from '../render/plain-text.ts';
import { agentsText, summaryOf, type StackSummary } from '../study/agents-file.ts';

/** `capstan init`: makes a repository ready, without asking anything. */
export function command(cli: Cli): Command {
  const init = withGlobals(new Command('init'))
    .description('Make .capstan with its ignore file, and an AGENTS.md with the commands of the repository')
    .option('--dry-run', 'say what would be written');
  return init.action(async ({ dryRun }: { dryRun?: boolean }) => {
    const root = rootOf(cli, globalsOf(cli, init));
    const { detectStack } = await import('@capstan/code');
    const stack = await detectStack(root);
    const wanted = [
      { path: '.capstan/.gitignore', write: () => prepareFolder(root) },
      { path: 'AGENTS.md', write: () => writeFileSync(join(root, 'AGENTS.md'), agentsText(stack), { flag: 'wx' }) },
    ];
    const missing = wanted.filter(({ path }) => !existsSync(join(root, path)));
    if (!dryRun) for (const { write } of missing) write();
    const written = missing.map(({ path }) => path);
    const summary = summaryOf(stack);
    cli.finish('init', {
      payload: { root, written, dryRun: dryRun === true, stack: summary },
      text: plainText(textOf(written, summary, dryRun === true)),
    });
  });
}

function textOf(
  written: readonly string[],
  { languages, frameworks, packageManager, commands }: StackSummary,
  dryRun: boolean,
): string {
  if (written.length === 0) return 'All is there already.';
  const facts = [...languages, ...frameworks, ...(packageManager === null ? [] : [packageManager])];
  return [
    ...written.map((path) => `${dryRun ? 'would write' : 'wrote'} ${path}`),
    ...(facts.length === 0 ? [] : [`made with ${facts.join(', ')}`]),
    ...commands.map(({ purpose, command: line }) => `${purpose}: ${line}`),
  ].join('\n');
}
