import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { isApproved, masked, mcpFiles, namedEntry, placeOf, readEntries, readKnown } from '../project/mcp-config.ts';
import { rootOf } from '../project/open-project.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { addCommand, approveCommand, removeCommand } from './mcp-edit.ts';
import { serveCommand } from './mcp-serve.ts';
import { loginCommand, logoutCommand, testCommand } from './mcp-test.ts';

/** `capstan mcp`: servers whose tools agents may use, and our tools for other clients. */
export function command(cli: Cli): Command {
  const mcp = new Command('mcp').description('MCP servers: use their tools, or serve ours');
  mcp.addCommand(listCommand(cli), { isDefault: true });
  mcp.addCommand(showCommand(cli));
  mcp.addCommand(addCommand(cli));
  mcp.addCommand(removeCommand(cli));
  mcp.addCommand(approveCommand(cli));
  mcp.addCommand(testCommand(cli));
  mcp.addCommand(loginCommand(cli));
  mcp.addCommand(logoutCommand(cli));
  mcp.addCommand(serveCommand(cli));
  return mcp;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description('List the servers; nothing is started');
  return list.action(() => {
    const root = rootOf(cli, globalsOf(cli, list));
    const files = mcpFiles(cli, root);
    const known = readKnown(files);
    const servers = readEntries(files).map((each) => ({
      name: each.name,
      scope: each.scope,
      place: placeOf(each.entry),
      approved: isApproved(each, root, known),
    }));
    const rows = servers.map(({ name, scope, place, approved }) => [
      plainText(name),
      scope,
      plainText(place),
      approved ? '' : 'not approved',
    ]);
    const text =
      rows.length === 0 ? 'No MCP servers yet. Add one with "capstan mcp add NAME -- COMMAND".' : table(rows);
    cli.finish('mcp list', { payload: { servers }, text });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show a server as its file names it, secrets hidden; nothing is started')
    .argument('<name>', 'name of the server');
  return show.action((name: string) => {
    const root = rootOf(cli, globalsOf(cli, show));
    const files = mcpFiles(cli, root);
    const named = namedEntry(readEntries(files), name);
    const approved = isApproved(named, root, readKnown(files));
    const entry = masked(named.entry);
    const where = files[named.scope];
    cli.finish('mcp show', {
      payload: { name, scope: named.scope, file: where, approved, entry },
      text: plainText(
        `${name} (${named.scope}, ${where}${approved ? '' : ', not approved'})\n${JSON.stringify(entry, null, 2)}`,
      ),
    });
  });
}
