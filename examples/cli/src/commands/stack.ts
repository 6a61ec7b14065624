import { Command } from 'commander';
import type { Evidence, Fact, Stack, StackPackage } from '@capstan/code';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { rootOf } from '../project/open-project.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';

const help = `
Examples:
  capstan stack
  capstan stack --all                    every command that was found, with what speaks for it
  capstan stack --json | jq '.payload.packages[].commands[] | select(.purpose == "test") | .command'

Only files are read: manifests, lock files, Makefiles, workflows. Nothing of the repository is run.`;

interface Flags {
  readonly all?: boolean;
}

/** `capstan stack`: tells what a repository is made with and which commands build, test and check it. */
export function command(cli: Cli): Command {
  const stack = withGlobals(new Command('stack'))
    .description('Tell what the repository is made with, and which commands install, build, test, check and start it')
    .option('--all', 'every command that was found, with the files and lines that speak for it')
    .addHelpText('after', help);
  return stack.action(async ({ all = false }: Flags) => {
    const { detectStack } = await import('@capstan/code');
    const found = await detectStack(rootOf(cli, globalsOf(cli, stack)));
    const { root, ...payload } = found;
    cli.finish('stack', { payload, text: plainText(text(found, all)), meta: { root } });
  });
}

function text({ packages, workspaces, conflicts, warnings }: Stack, all: boolean): string {
  const parts = packages.map((one) => packageText(one, all));
  const tools = workspaces.map(
    ({ tool, members, evidence }) => `workspace of ${tool}: ${members.length} packages (${placeOf(evidence[0])})`,
  );
  const troubles = [
    ...conflicts.map(({ message, evidence }) => `conflict: ${message} (${evidence.map(placeOf).join(', ')})`),
    ...warnings.map(({ file, line, message }) => `warning: ${file}${line === undefined ? '' : `:${line}`} ${message}`),
  ];
  const known = parts.length === 0 ? ['No manifest was found here.'] : parts;
  return [
    ...known,
    ...(tools.length === 0 ? [] : [tools.join('\n')]),
    ...(troubles.length === 0 ? [] : [troubles.join('\n')]),
  ].join('\n\n');
}

function packageText(one: StackPackage, all: boolean): string {
  const facts = [
    words(one.languages.filter(({ confidence }) => confidence >= 0.5)),
    words(one.frameworks.filter(({ confidence }) => confidence >= 0.5)),
    words(one.packageManagers.slice(0, 1)),
    words(one.testRunners),
    words(one.runtimes.slice(0, 2)),
  ];
  const head = `${one.path}${one.name === undefined ? '' : `  ${one.name}`}  ${facts.filter(Boolean).join(' · ')}`;
  const shown = all
    ? one.commands
    : one.commands.filter(({ purpose }, at) => one.commands.findIndex((each) => each.purpose === purpose) === at);
  const rows = shown.map(({ purpose, command: line, confidence, evidence, cwd }) => [
    `  ${purpose}`,
    cwd === one.path ? line : `${line} (in ${cwd})`,
    `${Math.round(confidence * 100)} %`,
    (all ? evidence : evidence.slice(0, 1)).map(placeOf).join(', '),
  ]);
  return rows.length === 0 ? head : `${head}\n${table(rows)}`;
}

function words(facts: readonly Fact[]): string {
  return facts.map(({ value }) => value).join(', ');
}

function placeOf(evidence: Evidence | undefined): string {
  if (!evidence) return '';
  return `${evidence.file}${evidence.line === undefined ? '' : `:${evidence.line}`}`;
}
