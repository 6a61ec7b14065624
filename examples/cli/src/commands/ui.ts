import { join } from 'node:path';
import { ProcessTerminal, TuiMainScreen } from '@earendil-works/pi-tui';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openPolicy } from '../project/open-policy.ts';
import { readConfigs } from '../project/config-file.ts';
import { pickModel } from '../project/pick-model.ts';
import { drawsUnicode } from '../render/glyphs.ts';
import { personHere } from '../run/approver-of.ts';
import { findSession } from '../run/find-session.ts';
import { openRun } from '../run/open-run.ts';
import { withAgentOptions } from '../run/run-settings.ts';
import { App } from '../ui/app.ts';
import { Conversation } from '../ui/conversation.ts';
import { createTheme } from '../ui/theme.ts';

/** `capstan` on a terminal: the conversation. */
export function command(cli: Cli): Command {
  const ui = withAgentOptions(new Command('ui'))
    .description('Talk with the agent in the terminal')
    .argument('[task...]', 'what to begin with')
    .option('--session <id>', 'go on with a session, or start one of this name')
    .option('-c, --continue', 'go on with the last session');
  return withGlobals(ui).action(async (words: string[]) => {
    const globals = globalsOf(cli, ui);
    if (cli.io.input !== 'terminal' || !cli.io.outIsTerminal || globals.json) {
      throw new CapstanError(
        'invalid_config',
        'The conversation needs a terminal. Without one, use capstan run "TASK".',
        { where: 'ui' },
      );
    }
    const here: { app?: App } = {};
    const setup = await openRun(cli, ui, {
      silent: true,
      ask: async (question, context) => here.app?.ask(question, context),
    });
    const { store, settings, worktree } = setup;
    try {
      const sessionId = await findSession(store, settings);
      const { model, tools, mode, budget, instructions = '' } = setup;
      const conversation = new Conversation({
        worktree,
        store,
        tools,
        instructions,
        model,
        mode,
        budget,
        sessionId,
        env: cli.io.env,
        policyOf: async (chosen) => openPolicy(cli, chosen, worktree.root),
      });
      const { paths } = readConfigs(cli, worktree.root);
      const tui = new TuiMainScreen(new ProcessTerminal());
      const app = new App({
        tui,
        conversation,
        theme: createTheme(colourOf(cli, globals)),
        unicode: drawsUnicode(cli.io.env, process.platform),
        by: personHere(cli.io),
        historyFile: join(paths.folder, 'history.jsonl'),
        openModel: async (id) => (await pickModel(cli, worktree.root, id)).model,
      });
      here.app = app;
      const release = cli.io.onInterrupt(() => app.leave());
      tui.start();
      if (settings.continues || settings.session !== undefined) await app.replay();
      app.note(setup.remark);
      if (words.length > 0) void app.enter(words.join(' '));
      await app.whenLeft();
      release();
      tui.stop();
      cli.finish('ui', { payload: { sessionId: conversation.parts.sessionId }, text: `Go on later: capstan -c` });
    } finally {
      await store.close();
    }
  });
}
