import { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import { listPromptCommands } from '../project/prompt-command.ts';
import { rootOf } from '../project/open-project.ts';
import { personHere } from '../run/approver-of.ts';
import { openRun } from '../run/open-run.ts';
import { withAgentOptions } from '../run/run-settings.ts';
import { withKeptStore } from '../run/with-kept-store.ts';
import { openConversation } from '../ui/open-conversation.ts';

const help = `
Editors start it by themselves; in Zed's settings, for example:
  "agent_servers": { "Capstan": { "command": "capstan", "args": ["acp"] } }`;

/** `capstan acp`: lets an editor drive the agent, over its standard streams. */
export function command(cli: Cli): Command {
  const acp = withAgentOptions(new Command('acp'))
    .description('Let an editor drive the agent, by the Agent Client Protocol on standard input and output')
    .addHelpText('after', help);
  return withGlobals(acp).action(async () => {
    const [{ ndJsonStream }, { acpAgent }, { AcpSession }, { terminalShell }] = await Promise.all([
      import('@agentclientprotocol/sdk'),
      import('../acp/acp-agent.ts'),
      import('../acp/acp-session.ts'),
      import('../acp/terminal-shell.ts'),
    ]);
    const by = personHere(cli.io);
    const { app, close } = acpAgent({
      version: cli.version,
      withStore: (cwd, look) => withKeptStore(rootOf(cli, { cwd }), look),
      async open({ sessionId, cwd, client, terminals }) {
        const here: { session?: InstanceType<typeof AcpSession> } = {};
        const tell = (words: string) =>
          here.session?.send({ sessionUpdate: 'notice', severity: 'warning', title: words });
        const setup = await openRun({ ...cli, globals: { ...cli.globals, cwd } }, acp, { silent: true });
        const { worktree, settings } = setup;
        const shown = (callId: string, terminalId: string) => here.session?.showTerminal(callId, terminalId);
        const inTerminal = terminals && settings.sandbox === undefined;
        const tools = inTerminal
          ? setup.tools.map((tool) =>
              tool.name === 'shell' ? terminalShell(tool, { worktree, client, sessionId, shown }) : tool,
            )
          : setup.tools;
        const conversation = openConversation(cli, { ...setup, tools }, { sessionId, tell });
        const commands = listPromptCommands(readConfigs(cli, worktree.root).paths.commands);
        here.session = new AcpSession({ client, conversation, commands, by, close: () => setup.store.close() });
        return here.session;
      },
    });
    const output = Writable.toWeb(process.stdout) as WritableStream<Uint8Array>;
    const input = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
    const connection = app.connect(ndJsonStream(output, input));
    const release = cli.io.onInterrupt(() => connection.close());
    await connection.closed;
    await close();
    release();
    cli.finish('acp', { payload: {} });
  });
}
