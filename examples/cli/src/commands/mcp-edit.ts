import { Command, Option } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import type { McpEntry, McpScope } from '../project/mcp-config.ts';
import {
  entryHash,
  isReference,
  knownName,
  masked,
  mcpFiles,
  namedEntry,
  readEntries,
  readKnown,
  writeEntry,
  writeKnown,
} from '../project/mcp-config.ts';
import { connectNamed, keepTools } from '../project/open-mcp.ts';
import { rootOf } from '../project/open-project.ts';
import { plainText } from '../render/plain-text.ts';

const addHelp = `
Examples:
  capstan mcp add files -- npx -y @modelcontextprotocol/server-filesystem .
  capstan mcp add issues --url https://mcp.example/mcp --oauth
  capstan mcp add db --scope project --env 'DB_URL=\${DB_URL}' -- ./tools/db-server
A server is a program that runs as you, outside of the sandbox. \${NAME} is taken from the environment when it is started.`;

interface AddFlags {
  readonly url?: string;
  readonly scope: McpScope;
  readonly env: readonly string[];
  readonly header: readonly string[];
  readonly oauth?: boolean;
  readonly trust?: 'annotations';
  readonly dryRun?: boolean;
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** `capstan mcp add`. */
export function addCommand(cli: Cli): Command {
  const add = withGlobals(new Command('add'))
    .description('Name a server whose tools agents may use')
    .argument('<name>', 'small letters, digits, "-"; its tools are called name__tool')
    .argument('[command...]', 'the program that is the server and its words, after "--"')
    .option('--url <url>', 'address of a server that is reached by HTTP')
    .addOption(scopeOption())
    .option('--env <NAME=VALUE>', 'variable for the program; may be given more than once', several, [])
    .option('--header <NAME: VALUE>', 'header for the address; may be given more than once', several, [])
    .option('--oauth', 'sign in with "capstan mcp login"')
    .addOption(new Option('--trust <what>', 'believe what it says of its own tools').choices(['annotations']))
    .option('--dry-run', 'say what would be written')
    .addHelpText('after', addHelp);
  return add.action((name: string, words: string[], flags: AddFlags) => {
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
      const message = `"${name}" is no name for an MCP server. Use small letters, digits and "-", at most 32.`;
      throw new CapstanError('invalid_config', message, { where: 'name' });
    }
    const root = rootOf(cli, globalsOf(cli, add));
    const files = mcpFiles(cli, root);
    const entry = entryOf(words, flags);
    if (flags.scope === 'project') refuseSecrets(entry);
    if (!flags.dryRun) {
      writeEntry(files[flags.scope], name, entry);
      // Who writes an entry has seen it.
      if (flags.scope === 'project') approve(cli, root, name);
    }
    const payload = {
      name,
      scope: flags.scope,
      file: files[flags.scope],
      entry: masked(entry),
      dryRun: flags.dryRun === true,
    };
    cli.finish('mcp add', {
      payload,
      text: `${flags.dryRun ? 'would add' : 'added'} ${name} to ${files[flags.scope]}`,
    });
  });
}

function entryOf([command, ...args]: string[], { url, env, header, oauth, trust, scope }: AddFlags): McpEntry {
  if ((command === undefined) === (url === undefined)) {
    throw new CapstanError('invalid_config', 'Give either --url or, after "--", the command of the server.', {
      where: 'mcp add',
    });
  }
  if (trust !== undefined && scope === 'project') {
    throw new CapstanError(
      'invalid_config',
      'What a server is trusted with is for each user to say: leave out --trust.',
      {
        where: '--trust',
      },
    );
  }
  const where = url === undefined ? { command: command ?? '', ...(args.length > 0 ? { args } : {}) } : { url };
  return {
    ...where,
    ...(env.length > 0 ? { env: pairs(env, '=', '--env') } : {}),
    ...(header.length > 0 ? { headers: pairs(header, ':', '--header') } : {}),
    ...(oauth ? { oauth } : {}),
    ...(trust === undefined ? {} : { trust }),
  };
}

function pairs(given: readonly string[], sign: string, option: string): Record<string, string> {
  const parted = given.map((each): [string, string] => {
    const at = each.indexOf(sign);
    if (at < 1) throw new CapstanError('invalid_config', `${option} wants NAME${sign}VALUE.`, { where: option });
    return [each.slice(0, at).trim(), each.slice(at + 1).trim()];
  });
  return Object.fromEntries(parted);
}

/** What goes into a repository is read by others. */
function refuseSecrets({ env = {}, headers = {} }: McpEntry): void {
  const plain = Object.entries({ ...env, ...headers }).find(([, value]) => !isReference(value));
  if (!plain) return;
  const message = `The repository's file is shared, so ${plain[0]} must name a variable instead of a value, such as \${${plain[0].toUpperCase().replace(/\W/g, '_')}}.`;
  throw new CapstanError('invalid_config', message, { where: plain[0] });
}

/** `capstan mcp remove`. */
export function removeCommand(cli: Cli): Command {
  const remove = withGlobals(new Command('remove'))
    .description('Take a server out of its file, and forget what is known of it')
    .argument('<name>', 'name of the server')
    .addOption(scopeOption().default(undefined))
    .option('--dry-run', 'say what would be removed');
  return remove.action((name: string, { scope, dryRun }: { scope?: McpScope; dryRun?: boolean }) => {
    const root = rootOf(cli, globalsOf(cli, remove));
    const files = mcpFiles(cli, root);
    const entries = readEntries(files).filter((each) => scope === undefined || each.scope === scope);
    const named = namedEntry(entries, name);
    const file = files[named.scope];
    if (!dryRun) {
      writeEntry(file, name, undefined);
      const key = knownName(named, root);
      const { approved, tools } = readKnown(files);
      const { [key]: _, ...stillApproved } = approved;
      const { [key]: __, ...stillTools } = tools;
      writeKnown(files, { approved: stillApproved, tools: stillTools });
    }
    cli.finish('mcp remove', {
      payload: { name, scope: named.scope, file, dryRun: dryRun === true },
      text: `${dryRun ? 'would remove' : 'removed'} ${name} from ${file}`,
    });
  });
}

/** `capstan mcp approve`: a person has seen what a repository wants to start, or what a server changed. */
export function approveCommand(cli: Cli): Command {
  const command = withGlobals(new Command('approve'))
    .description("Approve a repository's server as it is, and tools that a server has changed")
    .argument('<name>', 'name of the server')
    .option('--tools', 'start it and accept the tools that it changed, which are shown')
    .option('--dry-run', 'show what would be approved; nothing is started');
  return command.action(async (name: string, { tools, dryRun }: { tools?: boolean; dryRun?: boolean }) => {
    const root = rootOf(cli, globalsOf(cli, command));
    if (dryRun) return cli.finish('mcp approve', seen(name, namedEntry(readEntries(mcpFiles(cli, root)), name).entry));
    const entry = approve(cli, root, name);
    const accepted = tools ? await acceptTools(cli, root, name) : [];
    const said = accepted.map((each) => `\naccepted ${each.name}: ${each.description}`).join('');
    cli.finish('mcp approve', {
      payload: { name, entry: masked(entry), accepted, dryRun: false },
      text: plainText(`approved ${name}:\n${JSON.stringify(masked(entry), null, 2)}${said}`),
    });
  });
}

function seen(name: string, entry: McpEntry): Outcome {
  const payload = { name, entry: masked(entry), accepted: [], dryRun: true };
  return { payload, text: plainText(`would approve ${name}:\n${JSON.stringify(payload.entry, null, 2)}`) };
}

function approve(cli: Cli, root: string, name: string): McpEntry {
  const files = mcpFiles(cli, root);
  const named = namedEntry(readEntries(files), name);
  if (named.scope === 'project') {
    const known = readKnown(files);
    writeKnown(files, { ...known, approved: { ...known.approved, [knownName(named, root)]: entryHash(named.entry) } });
  }
  return named.entry;
}

async function acceptTools(cli: Cli, root: string, name: string) {
  const files = mcpFiles(cli, root);
  const named = namedEntry(readEntries(files), name);
  await using connection = await connectNamed(cli, root, { named });
  const changed = connection.changed.map((tool) => {
    connection.accept(tool);
    return { name: tool.name, description: tool.now.description ?? '' };
  });
  keepTools(files, knownName(named, root), connection.known);
  return changed;
}

function scopeOption(): Option {
  return new Option('--scope <scope>', "the user's own file, or .mcp.json of the repository")
    .choices(['user', 'project'])
    .default('user');
}
