import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { prepareFolder, rootOf } from '../project/open-project.ts';

/** `capstan init`: makes a repository ready, without asking anything. */
export function command(cli: Cli): Command {
  const init = withGlobals(new Command('init'))
    .description('Make .capstan with its ignore file, and an AGENTS.md to fill in')
    .option('--dry-run', 'say what would be written');
  return init.action(({ dryRun }: { dryRun?: boolean }) => {
    const root = rootOf(cli, globalsOf(cli, init));
    const wanted = [
      { path: '.capstan/.gitignore', write: () => prepareFolder(root) },
      { path: 'AGENTS.md', write: () => writeFileSync(join(root, 'AGENTS.md'), agentsFile(root), { flag: 'wx' }) },
    ];
    const missing = wanted.filter(({ path }) => !existsSync(join(root, path)));
    if (!dryRun) for (const { write } of missing) write();
    const written = missing.map(({ path }) => path);
    const verb = dryRun ? 'would write' : 'wrote';
    const text = written.length === 0 ? 'All is there already.' : written.map((path) => `${verb} ${path}`).join('\n');
    cli.finish('init', { payload: { root, written, dryRun: dryRun === true }, text });
  });
}

/** Says of the repository what its own files say; what is not known is left for a person to write. */
function agentsFile(root: string): string {
  const commands = scriptsOf(root).map(
    ([name, line]) => `- \`${name === 'test' ? 'npm test' : `npm run ${name}`}\`: ${line}`,
  );
  const section =
    commands.length === 0 ? 'Say here how this repository is built, run and tested.' : commands.join('\n');
  return `# For agents\n\n## Commands\n\n${section}\n\n## How the code is written\n\nSay here what a newcomer would get wrong.\n`;
}

function scriptsOf(root: string): [string, string][] {
  try {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts?: Record<string, unknown>;
    };
    return Object.entries(scripts ?? {}).flatMap(([name, line]) => (typeof line === 'string' ? [[name, line]] : []));
  } catch {
    return [];
  }
}
