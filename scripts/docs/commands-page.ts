/** A command as commander describes it; only what the reference shows. */
export interface DescribedCommand {
  name(): string;
  description(): string;
  readonly commands: readonly DescribedCommand[];
  readonly registeredArguments: readonly {
    readonly description: string;
    readonly required: boolean;
    readonly variadic: boolean;
    name(): string;
  }[];
  readonly options: readonly {
    readonly flags: string;
    readonly description: string;
    readonly hidden: boolean;
    readonly defaultValue?: unknown;
    readonly argChoices?: readonly string[] | undefined;
  }[];
}

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly { readonly summary: string; readonly command: DescribedCommand }[];
}

const opening = `# Commands

<!-- Made from the command's own definitions; \`npx vitest run scripts/docs -u\` writes it anew. -->

`;

const closing = `

[Exit codes](exit-codes.md) · [configuration](configuration.md)
`;

/** Writes the reference of all commands; options that every command takes are shown once. */
export function commandsPage(groups: readonly CommandGroup[], common: DescribedCommand): string {
  const shared = new Set(common.options.map(({ flags }) => flags));
  const overview = groups.map(({ heading, commands }) => {
    const rows = commands.map(({ summary, command }) => {
      const name = command.name();
      return `| [\`capstan ${name}\`](#capstan-${name}) | ${cell(summary)} |`;
    });
    return `**${heading.replace(':', '')}**\n\n| command | does |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  const sections = groups.flatMap(({ commands }) =>
    commands.map(({ command }) => section(command, ['capstan'], shared)),
  );
  const every = `## Every command takes\n\n${table(common.options)}`;
  return `${opening}${overview.join('\n')}\n${every}\n${sections.join('\n').trimEnd()}${closing}`;
}

function section(command: DescribedCommand, parents: readonly string[], shared: ReadonlySet<string>): string {
  const path = [...parents, command.name()];
  const usage = [...path, ...command.registeredArguments.map(argument)].join(' ');
  const own = command.options.filter(({ flags, hidden }) => !hidden && !shared.has(flags));
  const words = command.registeredArguments.filter(({ description }) => description);
  const list = words.map((one) => `| \`${argument(one).replaceAll('|', '\\|')}\` | ${cell(one.description)} |`);
  const rows = [...list, ...own.map(optionRow)];
  const parts = [`${parents.length > 1 ? '###' : '##'} ${path.join(' ')}`, `${sentence(command.description())}`];
  if (command.commands.length === 0) parts.push(`\`\`\`sh\n${usage}\n\`\`\``);
  if (rows.length > 0) parts.push(`| | |\n| --- | --- |\n${rows.join('\n')}`);
  const children = command.commands.map((child) => section(child, path, shared));
  return [...parts, ...children].join('\n\n') + '\n';
}

function table(options: DescribedCommand['options']): string {
  return `| | |\n| --- | --- |\n${options.map(optionRow).join('\n')}\n`;
}

function optionRow({ flags, description, defaultValue, argChoices }: DescribedCommand['options'][number]): string {
  const choices = argChoices ? `; one of ${argChoices.join(', ')}` : '';
  const fallback =
    defaultValue === undefined || defaultValue === true ? '' : `; default ${JSON.stringify(defaultValue)}`;
  return `| \`${flags.replaceAll('|', '\\|')}\` | ${cell(description + choices + fallback)} |`;
}

function argument(one: DescribedCommand['registeredArguments'][number]): string {
  const name = one.variadic ? `${one.name()}...` : one.name();
  return one.required ? `<${name}>` : `[${name}]`;
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
