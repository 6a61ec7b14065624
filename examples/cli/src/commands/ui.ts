import { join } from 'node:path';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import type { Colour } from '../render/colour.ts';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { interruptCode } from '../frame/exit-code.ts';
import type { Interrupt } from '../frame/io.ts';
import { readConfigs } from '../project/config-file.ts';
import { pickModel } from '../project/pick-model.ts';
import { listPromptCommands } from '../project/prompt-command.ts';
import { drawsUnicode } from '../render/glyphs.ts';
import { approverOf, personHere } from '../run/approver-of.ts';
import type { Approver } from '../run/approver.ts';
import { findSession } from '../run/find-session.ts';
import { openRun, type OpenedRun } from '../run/open-run.ts';
import { runCommand } from '../run/run-command.ts';
import { withAgentOptions, withSessionOptions } from '../run/run-settings.ts';
import type { App } from '../ui/app.ts';
import type { Conversation } from '../ui/conversation.ts';
import { openConversation } from '../ui/open-conversation.ts';
import { createTheme, type Highlighter } from '../ui/theme.ts';
import { themeNames, type ThemeName } from '../ui/themes.ts';

interface UiFlags {
  readonly plain?: boolean;
}

/** `capstan` on a terminal: the conversation. */
export function command(cli: Cli): Command {
  const ui = withSessionOptions(withAgentOptions(new Command('ui')))
    .description('Talk with the agent in the terminal')
    .argument('[task...]', 'what to begin with')
    .option('--plain', 'in plain lines, for screen readers and simple terminals; nothing is drawn over');
  return withGlobals(ui).action(async (words: string[], { plain }: UiFlags) => {
    const globals = globalsOf(cli, ui);
    const { env } = cli.io;
    if (cli.io.input !== 'terminal' || !cli.io.outIsTerminal || globals.json) {
      throw new CapstanError(
        'invalid_config',
        'The conversation needs a terminal. Without one, use capstan run "TASK".',
        { where: 'ui' },
      );
    }
    const linear = plain === true || (env['CAPSTAN_SCREEN_READER'] ?? '') !== '' || env['TERM'] === 'dumb';
    // What draws is loaded while the rest is opened.
    if (!linear) void loadScreen().catch(() => {});
    const here: { app?: App } = {};
    const setup = await openRun(cli, ui, {
      silent: true,
      ask: async (question, context) => here.app?.ask(question, context),
    });
    try {
      const conversation = openConversation(cli, setup, {
        sessionId: await findSession(setup.store, setup.settings),
        tell: (words) => here.app?.note(words),
      });
      const talk: Talk = {
        cli,
        setup,
        conversation,
        colour: colourOf(cli, globals),
        first: words.length > 0 ? words.join(' ') : undefined,
        started: (app) => {
          here.app = app;
        },
      };
      const interrupt = await (linear ? talkPlainly(talk) : talkOnScreen(talk));
      const { sessionId } = conversation.parts;
      const exit = interrupt === undefined ? {} : { exit: interruptCode(interrupt) };
      cli.finish('ui', { payload: { sessionId }, text: `Go on later: capstan -c`, ...exit });
    } finally {
      await setup.store.close();
    }
  });
}

interface Talk {
  readonly cli: Cli;
  readonly setup: OpenedRun;
  readonly conversation: Conversation;
  readonly colour: Colour;
  readonly first: string | undefined;
  readonly started: (app: App) => void;
}

/** What both kinds of conversation work with. */
function partsOf({ cli, conversation }: Talk) {
  const { root } = conversation.parts.worktree;
  const { paths, user } = readConfigs(cli, root);
  const ownCommands = listPromptCommands(paths.commands);
  return {
    paths,
    user,
    ownCommands,
    conversation,
    historyFile: join(paths.folder, 'history.jsonl'),
    openModel: async (id: string) => (await pickModel(cli, root, id)).model,
    command: (words: readonly string[]) => runCommand(cli, words, root),
  };
}

async function talkPlainly(talk: Talk): Promise<undefined> {
  const { cli, setup, colour, first } = talk;
  const { PlainChat } = await import('../ui/plain-chat.ts');
  const { store, settings } = setup;
  const parts = partsOf(talk);
  const noOne: Approver = async () => ({ kind: 'stop' });
  const approver = approverOf({ cli, globals: setup.globals, settings: { ...settings, output: 'text' } }) ?? noOne;
  if ((await store.read(talk.conversation.parts.sessionId)).length > 0)
    await cli.io.out(await parts.command(['sessions', 'show', talk.conversation.parts.sessionId]));
  await cli.io.out(`${setup.remark}\nSay what to do; /help shows commands, /quit leaves.\n`);
  const chat = new PlainChat({
    ...parts,
    io: cli.io,
    theme: createTheme(colour),
    approver,
    ...(first === undefined ? {} : { first }),
  });
  await chat.talk();
}

function loadScreen() {
  return Promise.all([import('../ui/app.ts'), import('../ui/ascii-terminal.ts'), import('@earendil-works/pi-tui')]);
}

/** @returns The signal that ended it, if one did. */
async function talkOnScreen(talk: Talk): Promise<Interrupt | undefined> {
  const { cli, setup, colour, first, started } = talk;
  const { env } = cli.io;
  const [{ App: Screen }, { AsciiTerminal }, { ProcessTerminal, TuiMainScreen }] = await loadScreen();
  const { paths, user, ...parts } = partsOf(talk);
  const loaded: { highlighter?: Highlighter } = {};
  const usual = themeNames.find((name) => name === user.theme) ?? 'dark';
  const themeOf = (name: ThemeName = usual) => createTheme(colour, { name, highlighter: () => loaded.highlighter });
  const unicode = drawsUnicode(env, process.platform);
  const tui = new TuiMainScreen(unicode ? new ProcessTerminal() : new AsciiTerminal());
  const app = new Screen({
    ...parts,
    tui,
    themeOf,
    unicode,
    by: personHere(cli.io),
    env,
    agentFolders: paths.agents,
    bell: user.bell !== 'off',
  });
  started(app);
  const seen: { interrupt?: Interrupt } = {};
  const release = cli.io.onInterrupt((interrupt) => {
    seen.interrupt = interrupt;
    app.leave();
  });
  tui.start();
  const { settings, remark } = setup;
  if (settings.continues || settings.session !== undefined) await app.replay();
  app.note(remark);
  if (first !== undefined) void app.enter(first);
  // Code is coloured once this has come; the first frame does not wait for it.
  void import('../ui/highlight.ts').then(({ highlight }) => {
    loaded.highlighter = highlight;
    app.repaint();
  });
  await app.whenLeft();
  release();
  tui.stop();
  return seen.interrupt;
}
