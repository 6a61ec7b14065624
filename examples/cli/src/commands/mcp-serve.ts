import { once } from 'node:events';
import { Command } from 'commander';
import type { Tool } from '@capstan/sdk/contract';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { parseMode } from '../project/mode.ts';
import { openServers, startsUnasked } from '../project/open-language-servers.ts';
import { openPolicy } from '../project/open-policy.ts';
import { readableIn } from '../project/readable.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { namedTool } from '../run/named-tool.ts';

const help = `
Examples:
  capstan mcp serve                                for a client that starts it, such as an editor
  capstan mcp serve --mode full-auto --tools read,grep,edit
  CAPSTAN_MCP_TOKEN=… capstan mcp serve --http 8931
Whatever the mode asks a person about is refused, for nobody is there. Over HTTP only this machine reaches it, with the
token that is shown once, or that of CAPSTAN_MCP_TOKEN.`;

interface ServeFlags {
  readonly http?: string;
  readonly mode: string;
  readonly tools?: string;
}

/** `capstan mcp serve`: our tools for other clients. */
export function serveCommand(cli: Cli): Command {
  const serve = withGlobals(new Command('serve'))
    .description('Serve the tools of this repository to an MCP client, over standard input and output')
    .option('--http <port>', 'serve by streamable HTTP instead; 0 takes any port that is free')
    .option('--mode <mode>', 'what clients may do: read-only, suggest, auto-edit, full-auto', 'auto-edit')
    .option('--tools <names>', 'only these tools, parted by commas')
    .addHelpText('after', help);
  return serve.action(async ({ http, mode, tools: names }: ServeFlags) => {
    const root = rootOf(cli, globalsOf(cli, serve));
    const policy = await openPolicy(cli, { root, mode: parseMode(mode) });
    const servers = await openServers(cli, root);
    const all = await openTools(await openTree(root), {
      servers,
      mask: await readableIn(cli, root),
      mayStart: startsUnasked(cli, { root, mode: parseMode(mode) }),
    });
    const tools = names === undefined ? all : names.split(',').map((name) => namedTool(all, name.trim()));
    const options = { policy, name: 'capstan', version: cli.version };
    if (http === undefined) await serveStreams(cli, tools, options);
    else await serveHttp(cli, tools, { ...options, port: portOf(http) });
    await servers?.close();
    cli.finish('mcp serve', { payload: { tools: tools.map(({ name }) => name) } });
  });
}

type Options = Parameters<(typeof import('@capstan/tools/mcp'))['serveMcp']>[1];

async function serveStreams({ io }: Cli, tools: readonly Tool[], options: Options): Promise<void> {
  const { serveMcp } = await import('@capstan/tools/mcp');
  const ended = once(io.stdin, 'end');
  await using _ = await serveMcp(tools, options);
  await Promise.race([ended, interrupted(io)]);
}

async function serveHttp(
  { io }: Cli,
  tools: readonly Tool[],
  options: Options & { readonly port: number },
): Promise<void> {
  const { serveMcpHttp } = await import('@capstan/tools/mcp');
  const given = io.env['CAPSTAN_MCP_TOKEN'];
  await using serving = await serveMcpHttp(tools, { ...options, ...(given ? { token: given } : {}) });
  const token = given
    ? 'The token is that of CAPSTAN_MCP_TOKEN.'
    : `Clients send: Authorization: Bearer ${serving.token}`;
  await io.err(`Serving ${tools.length} tools at ${serving.url}\n${token}\nCtrl-C ends it.\n`);
  await interrupted(io);
}

function interrupted(io: Cli['io']): Promise<void> {
  return new Promise((resolve) => {
    const forget = io.onInterrupt(() => {
      forget();
      resolve();
    });
  });
}

function portOf(words: string): number {
  const port = Number(words);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new CapstanError('invalid_config', `"${words}" is no port.`, { where: '--http' });
}
