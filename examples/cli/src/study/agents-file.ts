import type { Fact, Stack, StackCommand, StackPackage } from '@capstan/code';

/** What `init` tells of a repository, the surest first. */
export interface StackSummary {
  readonly languages: readonly string[];
  readonly frameworks: readonly string[];
  readonly packageManager: string | null;
  readonly commands: readonly Pick<StackCommand, 'purpose' | 'command' | 'cwd'>[];
}

const sure = 0.5;
const maxPackages = 8;

/** Sums up the first package of a stack: the root's, where that is one. */
export function summaryOf({ packages }: Stack): StackSummary {
  const [first] = packages;
  return {
    languages: named(first?.languages),
    frameworks: named(first?.frameworks).filter((word) => word !== 'library'),
    packageManager: first?.packageManagers[0]?.value ?? null,
    commands: bestOf(first).map(({ purpose, command, cwd }) => ({ purpose, command, cwd })),
  };
}

/** Says of a repository what its own files say; what is not known is left for a person to write. */
export function agentsText(stack: Stack): string {
  const { packages } = stack;
  const [root, ...members] = packages;
  const rows = bestOf(root).map(commandRow);
  const commands = rows.length === 0 ? 'Say here how this repository is built, run and tested.' : rows.join('\n');
  return `# For agents\n\n${madeWith(summaryOf(stack))}## Commands\n\n${commands}\n${memberText(members)}\n## How the code is written\n\nSay here what a newcomer would get wrong.\n`;
}

function madeWith({ languages, frameworks, packageManager }: StackSummary): string {
  const facts = [...languages, ...frameworks, ...(packageManager === null ? [] : [packageManager])];
  return facts.length === 0 ? '' : `Made with ${[...new Set(facts)].join(', ')}.\n\n`;
}

function memberText(members: readonly StackPackage[]): string {
  if (members.length === 0) return '';
  const rows = members.slice(0, maxPackages).map((one) => {
    const tests = bestOf(one).find(({ purpose }) => purpose === 'test');
    const facts = named(one.frameworks).filter((word) => word !== 'library');
    const told = [
      ...facts,
      ...(tests ? [`test with \`${tests.command}\`${tests.cwd === '.' ? '' : ` in \`${tests.cwd}\``}`] : []),
    ];
    const name = one.name === undefined ? '' : ` (${one.name})`;
    return `- \`${one.path}\`${name}${told.length === 0 ? '' : `: ${told.join('; ')}`}`;
  });
  const more = members.length > maxPackages ? [`- and ${members.length - maxPackages} more`] : [];
  return `\n## Packages\n\n${[...rows, ...more].join('\n')}\n`;
}

/** The best command of each purpose. */
function bestOf(one: StackPackage | undefined): readonly StackCommand[] {
  const all = one?.commands.filter(({ confidence }) => confidence >= sure) ?? [];
  return all.filter(({ purpose }, at) => all.findIndex((each) => each.purpose === purpose) === at);
}

/** A command with the script that stands behind it, or else with what it is for. */
function commandRow({ purpose, command, cwd, evidence }: StackCommand): string {
  const script = evidence.map(({ says }) => /^script [^:]+: (.+)$/s.exec(says)?.[1]).find(Boolean);
  return `- \`${command}\`${cwd === '.' ? '' : ` in \`${cwd}\``}: ${script ?? purpose}`;
}

function named(facts: readonly Fact[] = []): string[] {
  return facts.filter(({ confidence }) => confidence >= sure).map(({ value }) => value);
}
