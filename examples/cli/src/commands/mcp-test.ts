import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import {
  isApproved,
  mcpFiles,
  namedEntry,
  readEntries,
  readKnown,
  startable,
  type NamedEntry,
} from '../project/mcp-config.ts';
import { connectNamed } from '../project/open-mcp.ts';
import { rootOf } from '../project/open-project.ts';
import { openKeys } from '../project/pick-model.ts';
import { plainText } from '../render/plain-text.ts';

/** `capstan mcp test`: starts a server and says what it offers. */
export function testCommand(cli: Cli): Command {
  const test = withGlobals(new Command('test'))
    .description('Start a server and list what it offers')
    .argument('<name>', 'name of the server')
    .option('--timeout <seconds>', 'how long it has to answer', Number, 60);
  return test.action(async (name: string, { timeout }: { timeout: number }) => {
    const root = rootOf(cli, globalsOf(cli, test));
    const named = startableEntry(cli, root, name);
    const started = cli.io.clock();
    const signal = AbortSignal.timeout(Math.max(1, timeout) * 1000);
    await using connection = await connectNamed(cli, root, { named, signal });
    const prompts = await connection.prompts(signal);
    const ms = Math.round(cli.io.clock() - started);
    const tools = connection.tools.map(({ name: tool, description }) => ({ name: tool, description }));
    const changed = connection.changed.map((tool) => ({ name: tool.name, description: tool.now.description ?? '' }));
    const lines = [
      `${name} answers within ${ms} ms`,
      ...tools.map((tool) => `  ${tool.name}  ${firstLine(tool.description)}`),
      ...prompts.map((prompt) => `  prompt ${prompt.name}  ${firstLine(prompt.description ?? '')}`),
      ...connection.unusable.map(({ tool, why }) => `  left out: ${tool}: ${why}`),
      ...changed.map((tool) => `  changed: ${tool.name}: ${tool.description}`),
      ...(changed.length > 0 ? [`Accept the changed tools with "capstan mcp approve ${name} --tools".`] : []),
    ];
    cli.finish('mcp test', {
      payload: { name, ms, tools, prompts, changed, unusable: connection.unusable },
      text: plainText(lines.join('\n')),
    });
  });
}

/** `capstan mcp login`: signs in to a server that wants OAuth. */
export function loginCommand(cli: Cli): Command {
  const login = withGlobals(new Command('login'))
    .description('Sign in to a server in the browser; its tokens are kept with your keys')
    .argument('<name>', 'name of the server')
    .option('--timeout <seconds>', 'how long to wait for you', Number, 300)
    .option('--dry-run', 'say where the tokens would be kept');
  return login.action(async (name: string, { timeout, dryRun }: { timeout: number; dryRun?: boolean }) => {
    const root = rootOf(cli, globalsOf(cli, login));
    const config = startable(startableEntry(cli, root, name), { cli, root });
    if (!('url' in config)) {
      throw new CapstanError('invalid_config', `${name} is a program; only servers at an address take a sign-in.`, {
        where: name,
      });
    }
    const { authorizeMcp } = await import('@capstan/tools/mcp');
    const { auth } = readConfigs(cli, root).paths;
    const kept = { name, kept: auth, dryRun: dryRun === true };
    if (dryRun) return cli.finish('mcp login', { payload: kept, text: `would keep the tokens of ${name} in ${auth}` });
    await authorizeMcp({
      server: name,
      url: config.url,
      secrets: await openKeys(cli, auth),
      open: async ({ href }) => cli.io.err(`Open this page to sign in to ${name}:\n${href}\n`),
      signal: AbortSignal.timeout(Math.max(1, timeout) * 1000),
    });
    cli.finish('mcp login', { payload: kept, text: `signed in to ${name}; the tokens are in ${auth}` });
  });
}

/** `capstan mcp logout`. */
export function logoutCommand(cli: Cli): Command {
  const logout = withGlobals(new Command('logout'))
    .description('Forget the tokens of a server')
    .argument('<name>', 'name of the server')
    .option('--dry-run', 'say what would be forgotten');
  return logout.action(async (name: string, { dryRun }: { dryRun?: boolean }) => {
    const { forgetMcp } = await import('@capstan/tools/mcp');
    const { auth } = readConfigs(cli, rootOf(cli, globalsOf(cli, logout))).paths;
    const keys = await openKeys(cli, auth);
    const look = { ...keys, delete: async (key: string) => (await keys.get(key)) !== undefined };
    const had = await forgetMcp({ server: name, secrets: dryRun ? look : keys });
    if (!had) throw new CapstanError('not_found', `You are not signed in to ${name}.`, { where: name });
    cli.finish('mcp logout', {
      payload: { name, dryRun: dryRun === true },
      text: `${dryRun ? 'would forget' : 'forgot'} the tokens of ${name}`,
    });
  });
}

/** @throws {CapstanError} `invalid_config` for a repository's server that was not approved as it is. */
function startableEntry(cli: Cli, root: string, name: string): NamedEntry {
  const files = mcpFiles(cli, root);
  const named = namedEntry(readEntries(files), name);
  if (isApproved(named, root, readKnown(files))) return named;
  const message = `The repository's MCP server "${name}" is not approved as it is. See it with "capstan mcp show ${name}", then "capstan mcp approve ${name}".`;
  throw new CapstanError('invalid_config', message, { where: name });
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 100) ?? '';
}
