import { createInterface } from 'node:readline';
import type { Model, Run } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import type { Mode } from '../project/mode.ts';
import type { PromptCommand } from '../project/prompt-command.ts';
import { Transcript } from '../render/transcript.ts';
import { personHere } from '../run/approver-of.ts';
import type { Approver } from '../run/approver.ts';
import { driveRun } from '../run/drive-run.ts';
import { liveView } from '../run/live-view.ts';
import { keepRunLog } from '../run/run-log.ts';
import type { Choice } from './choice-card.ts';
import { commandContext } from './own-command-context.ts';
import type { Conversation } from './conversation.ts';
import type { Desk } from './desk.ts';
import { keepHistory, readHistory } from './input-history.ts';
import { runSlash, slashCommands } from './slash/slash-commands.ts';
import type { Theme } from './theme.ts';
import { userCommand } from './user-command.ts';

export interface PlainChatOptions {
  readonly io: Io;
  readonly conversation: Conversation;
  readonly theme: Theme;
  readonly approver: Approver;
  readonly historyFile: string;
  readonly ownCommands: readonly PromptCommand[];
  readonly openModel: (id: string) => Promise<Model>;
  readonly command: (words: readonly string[]) => Promise<string>;
  /** What to begin with. */
  readonly first?: string;
}

/**
 * The conversation in plain lines: nothing is ever drawn over, so that a screen reader, a dumb terminal or a log of the
 * session reads as it was said.
 */
export class PlainChat {
  readonly #options: PlainChatOptions;
  readonly #desk: Desk;
  #left = false;
  #context = '';
  #typed = '';

  constructor(options: PlainChatOptions) {
    this.#options = options;
    this.#desk = this.#makeDesk();
  }

  /** Talks until the person leaves or the input ends. */
  async talk(): Promise<void> {
    const { first } = this.#options;
    if (first !== undefined) await this.#enter(first);
    while (!this.#left) {
      const line = await this.#readLine(this.#typed === '' ? '\n> ' : `\n(was: ${this.#typed})\n> `);
      this.#typed = '';
      if (line === undefined) return;
      await this.#enter(line);
    }
  }

  async #enter(text: string): Promise<void> {
    const line = text.trim();
    if (line === '') return;
    keepHistory(this.#options.historyFile, line);
    const commands = slashCommands(this.#options.ownCommands);
    if (line.startsWith('/')) return runSlash(line, this.#desk, { commands, working: false });
    if (line.startsWith('!')) return this.#ownCommand(line.slice(1).trim());
    await this.#send(line);
  }

  async #send(task: string): Promise<void> {
    const { conversation } = this.#options;
    const words = this.#context === '' ? task : `${task}\n\n${this.#context}`;
    this.#context = '';
    try {
      await this.#follow(await conversation.send(words));
    } catch (cause) {
      this.#say(cause instanceof Error ? cause.message : String(cause));
    }
  }

  async #follow(run: Run): Promise<void> {
    const { io, conversation, theme, approver } = this.#options;
    const { worktree, store } = conversation.parts;
    const transcript = new Transcript({ colour: theme.colour, columns: io.columns(), unicode: false });
    const view = liveView({ io, output: 'text', transcript, worktree });
    const { result } = await driveRun(run, {
      io,
      approver,
      show: view.show,
      always: (callId) => conversation.always(callId, personHere(io)),
    });
    await view.close();
    await keepRunLog(worktree.root, store, result);
    const { reason, error, limit } = result;
    if (error) this.#say(error.message);
    if (reason === 'budget') this.#say(`The budget ran out: ${limit ?? 'a limit'} is spent. Raise it with /budget.`);
    if (reason === 'stopped') this.#say('Stopped. What was done so far is kept; /undo takes it back.');
  }

  async #ownCommand(command: string): Promise<void> {
    const { output, exit } = await userCommand(command, this.#options.conversation.parts.worktree.root);
    this.#say(`${output}\n${exit === 0 ? '' : `exit code ${exit}`}`.trim());
    this.#context += commandContext(command, output, exit);
  }

  #readLine(question: string): Promise<string | undefined> {
    const { io } = this.#options;
    void io.out(question);
    const lines = createInterface({ input: io.stdin, terminal: false });
    const release = io.onInterrupt(() => {
      void io.out('\n');
      lines.close();
    });
    return new Promise<string | undefined>((answer) => {
      lines.once('line', answer);
      lines.once('close', () => answer(undefined));
    }).finally(() => {
      release();
      lines.close();
    });
  }

  async #choose(title: string, choices: readonly Choice[]): Promise<string | undefined> {
    this.#say(
      `${title}\n${choices.map(({ label, about = '' }, at) => `${at + 1}. ${label} ${about}`.trimEnd()).join('\n')}`,
    );
    const line = (await this.#readLine('Number, or nothing: ')) ?? '';
    return choices[Number(line) - 1]?.value;
  }

  #say(text: string): void {
    if (text !== '') void this.#options.io.out(`${text.trimEnd()}\n`);
  }

  #makeDesk(): Desk {
    const { conversation, theme, openModel, command, historyFile } = this.#options;
    const say = (text: string) => this.#say(text);
    return {
      conversation,
      theme,
      openModel,
      command,
      show: say,
      note: say,
      send: (task) => this.#send(task),
      follow: async (run) => this.#follow(await run),
      type: (text) => {
        this.#typed = text;
      },
      choose: (title, choices) => this.#choose(title, choices),
      history: () => readHistory(historyFile),
      setMode: (mode: Mode) => {
        conversation.parts.mode = mode;
        say(`Now in mode ${mode}.`);
      },
      setTheme: () => say('The colours hold from the next start on.'),
      open: () => false,
      replay: async () => say(await command(['sessions', 'show', conversation.parts.sessionId])),
      wipe: () => {},
      quit: () => {
        this.#left = true;
      },
    };
  }
}
