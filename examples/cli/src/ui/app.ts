import { Container } from '@earendil-works/pi-tui';
import { isDurable, type Run, type RunEvent, type RunResult } from '@capstan/sdk/contract';
import type { UserQuestion } from '@capstan/tools';
import { modes, type Mode } from '../project/mode.ts';
import { keepRunLog } from '../run/run-log.ts';
import { currentBranch } from '../run/git.ts';
import type { AppOptions } from './app-options.ts';
import { Approvals } from './approvals.ts';
import { askChoice, askQuestion } from './ask-person.ts';
import type { Choice } from './choice-card.ts';
import { commandContext } from './own-command-context.ts';
import type { Desk } from './desk.ts';
import { Dock } from './dock.ts';
import { editText } from './edit-text.ts';
import { endingWords } from './ending-words.ts';
import { Frames } from './frames.ts';
import { InputBox, pastedFile } from './input-box.ts';
import { keyListener, twoEscapes } from './keys.ts';
import { openPanels } from './panels/open-panels.ts';
import type { PanelDock } from './panels/panel-dock.ts';
import { RunView } from './run-view.ts';
import type { SlashCommand } from './slash/slash-command.ts';
import { runSlash, slashCommands } from './slash/slash-commands.ts';
import { StatusLine } from './status-line.ts';
import { changeTheme, type Theme } from './theme.ts';
import { TodoCard } from './todo-card.ts';
import { userCommand } from './user-command.ts';
import { WaitingWords } from './waiting-words.ts';
import { WorkingLine } from './working-line.ts';

/** A turn shorter than this needs no bell: whoever started it is still there. */
const bellAfterMs = 15_000;

/** The terminal UI: what was said above, the input and the status line below. */
export class App {
  readonly #options: AppOptions;
  readonly #out = new Container();
  readonly #busy = new Container();
  readonly #input: InputBox;
  readonly #dock: Dock;
  readonly #view: RunView;
  readonly #todo: TodoCard;
  readonly #status: StatusLine;
  readonly #approvals: Approvals;
  readonly #frames: Frames;
  readonly #panels: PanelDock;
  readonly #waiting = new WaitingWords();
  readonly #commands: readonly SlashCommand[];
  readonly #desk: Desk;
  readonly #left = Promise.withResolvers<void>();
  #theme: Theme;
  #run: Run | undefined;
  /** Settles when the run has begun that is about to. */
  #starting: Promise<void> | undefined;
  #following: Promise<void> = Promise.resolve();
  #context = '';
  #unfolded = false;
  #branch: string | undefined;
  #lastCtrlC = -Infinity;
  #lastEscape = -Infinity;

  constructor(options: AppOptions) {
    this.#options = options;
    this.#frames = new Frames(options.tui);
    const { tui, unicode, conversation, by } = options;
    const { worktree } = conversation.parts;
    this.#theme = options.themeOf();
    const theme = this.#theme;
    this.#view = new RunView(this.#out, { theme, unicode, worktree, unfolded: () => this.#unfolded });
    this.#todo = new TodoCard({ theme, unicode });
    this.#status = new StatusLine(theme, () => this.#standing());
    this.#commands = slashCommands(options.ownCommands);
    this.#input = new InputBox({
      ...options,
      theme,
      root: worktree.root,
      commands: this.#commands,
      onSubmit: (text) => void this.enter(text),
    });
    this.#dock = new Dock(tui, this.#input.editor);
    this.#approvals = new Approvals({
      tui,
      theme: () => this.#theme,
      unicode,
      worktree,
      edit: (text) => editText(text, { tui, env: options.env, name: 'change.diff' }),
      dock: this.#dock,
      by,
      run: () => this.#run,
      always: (callId, person) => this.#options.conversation.always(callId, person),
      note: (text) => this.note(text),
    });
    this.#desk = this.#makeDesk();
    this.#panels = openPanels(options, {
      theme,
      queued: () => this.#waiting.all,
      send: (task) => this.enter(task),
      type: (text) => this.#input.set(text),
      note: (text) => this.note(text),
    });
    this.#branch = currentBranch(worktree.root);
    for (const part of [this.#out, this.#busy, this.#todo, this.#dock, this.#status]) tui.addChild(part);
    tui.setFocus(this.#input.editor);
    const keys = this.#makeKeys();
    tui.addInputListener((data) => this.#paste(data) ?? keys(data));
  }

  /** Shows a remark. */
  note(text: string): void {
    this.#view.note(text);
    this.#frames.now();
  }

  /** Sends words typed by the person: a task, a slash command, a command of their own, or a word to a run under way. */
  async enter(text: string): Promise<void> {
    const line = text.trim();
    if (line === '') return;
    // Two lines in quick succession are one turn and a word to it, not two turns at once.
    await this.#starting;
    if (line.startsWith('/'))
      return runSlash(line, this.#desk, { commands: this.#commands, working: this.#run !== undefined });
    if (this.#run) return this.#steer(line);
    if (line.startsWith('!')) return this.#ownCommand(line.slice(1).trim());
    await this.#send(line);
  }

  /** Shows the session so far. */
  async replay(): Promise<void> {
    const { store, sessionId } = this.#options.conversation.parts;
    this.#wipe();
    for (const event of await store.read(sessionId)) {
      await this.#view.push(event);
      this.#todo.push(event);
      this.#status.push(event);
    }
    this.#frames.now();
  }

  /** Settles when the person has left; what was under way is stopped first. */
  async whenLeft(): Promise<void> {
    await this.#left.promise;
    await this.#run?.stop('left');
    await this.#following;
  }

  /** Puts a question of the model to the person; `undefined` when they do not want to answer. */
  ask(question: UserQuestion, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    this.#panels.close();
    return askQuestion(question, { dock: this.#dock, theme: this.#theme }, signal);
  }

  /** Draws everything anew, after something that changes how it looks. */
  repaint(): void {
    this.#frames.anew();
  }

  /** Leaves, as `/quit` does. */
  leave(): void {
    this.#left.resolve();
  }

  async #send(task: string): Promise<void> {
    const words = this.#context === '' ? task : `${task}\n\n${this.#context}`;
    this.#context = '';
    const input = this.#input.message(words);
    await this.#follow(this.#options.conversation.send(input));
  }

  #follow(starting: Promise<Run>): Promise<void> {
    this.#following = this.#followed(starting);
    return this.#following;
  }

  async #followed(starting: Promise<Run>): Promise<void> {
    const { conversation, unicode } = this.#options;
    const working = new WorkingLine(this.#theme, { unicode, frames: this.#frames });
    const began = performance.now();
    this.#busy.addChild(working);
    this.#frames.now();
    const begun = Promise.withResolvers<void>();
    this.#starting = begun.promise;
    try {
      const run = await starting;
      this.#run = run;
      begun.resolve();
      for await (const event of run) await this.#event(event);
      const result = await run.result;
      await keepRunLog(conversation.parts.worktree.root, conversation.parts.store, result);
      this.#tell(result);
    } catch (cause) {
      this.note(cause instanceof Error ? cause.message : String(cause));
    } finally {
      this.#run = undefined;
      this.#starting = undefined;
      begun.resolve();
      working.stop();
      this.#busy.clear();
      this.#dock.dismiss();
      this.#branch = currentBranch(conversation.parts.worktree.root);
      if (performance.now() - began > bellAfterMs) this.#ring();
      this.#frames.now();
    }
  }

  #tell(result: RunResult): void {
    for (const words of endingWords(result)) this.note(words);
    // What the run did not come to take is not lost: it stands in the input again.
    const { queued } = result;
    if (queued.length > 0 && this.#input.text === '') this.#input.set(queued.join('\n'));
  }

  async #event(event: RunEvent): Promise<void> {
    await this.#view.push(event);
    this.#todo.push(event);
    this.#status.push(event);
    this.#waiting.push(event);
    if (event.type === 'approval.requested') {
      this.#panels.close();
      this.#ring();
      this.#approvals.ask(event);
    }
    if (isDurable(event)) this.#frames.now();
    else this.#frames.soon();
  }

  #steer(text: string): void {
    this.#run?.steer(text);
    this.note(`It reads this before its next step: ${text}`);
  }

  /** Keeps what stands in the input until the work at hand is done. */
  #queue(): 'used' | 'pass' {
    const words = this.#input.text.trim();
    if (!this.#run || words === '' || /^[/!]/.test(words) || this.#input.editor.isShowingAutocomplete()) return 'pass';
    this.#run.queue(this.#input.take().trim());
    this.#frames.now();
    return 'used';
  }

  async #ownCommand(command: string): Promise<void> {
    if (command === '') return;
    this.note(`$ ${command}`);
    const { output, exit } = await userCommand(command, this.#options.conversation.parts.worktree.root);
    this.#view.lines(`${output}\n${exit === 0 ? '' : `exit code ${exit}`}`.trim());
    this.#context += commandContext(command, output, exit);
    this.#frames.now();
  }

  #makeKeys() {
    const panels = ['f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8'].map((key) => [key, () => this.#panelOf(key)] as const);
    const busy = () => this.#dock.asking || this.#panels.open;
    const idle = (act: () => 'used' | 'pass' | void) => () => (busy() ? 'pass' : act());
    return keyListener({
      'ctrl+c': () => this.#ctrlC(),
      ...Object.fromEntries(panels),
      escape: idle(() => this.#escape()),
      [twoEscapes]: idle(() => (this.#escape(), this.#escape())),
      tab: idle(() => this.#queue()),
      'shift+tab': idle(() => this.#nextMode()),
      'ctrl+o': () => this.#fold(),
      'ctrl+g': idle(() => this.#try(() => this.#input.write())),
      'ctrl+r': idle(() => void this.enter('/history')),
      'ctrl+v': idle(() => void (this.#input.pastePicture() || this.note('There is no picture on the clipboard.'))),
      'ctrl+d': idle(() => (this.#input.text === '' ? this.leave() : 'pass')),
    });
  }

  /** A picture's file that is dropped on the terminal comes as a paste of its name. */
  #paste(data: string): { readonly consume: boolean } | undefined {
    if (this.#dock.asking || pastedFile(data, this.#options.conversation.parts.worktree.root) === undefined)
      return undefined;
    void this.#input.paste(data).catch((cause: unknown) => this.note(String((cause as Error).message)));
    return { consume: true };
  }

  #panelOf(key: string): 'used' | 'pass' {
    const panel = this.#panels.at(key);
    if (!panel || this.#dock.asking) return 'pass';
    this.#panels.toggle(panel);
    return 'used';
  }

  #nextMode(): void {
    const { mode } = this.#options.conversation.parts;
    this.#setMode(modes[(modes.indexOf(mode) + 1) % modes.length] ?? mode);
  }

  #fold(): void {
    this.#unfolded = !this.#unfolded;
    this.#view.fold(this.#unfolded);
    this.#frames.anew();
  }

  #try(act: () => void): void {
    try {
      act();
    } catch (cause) {
      this.note(cause instanceof Error ? cause.message : String(cause));
    }
  }

  /** Stops what is under way; twice with nothing under way and nothing typed, goes back to an earlier message. */
  #escape(): 'used' | 'pass' {
    if (this.#input.editor.isShowingAutocomplete()) return 'pass';
    if (this.#run) {
      void this.#run.stop('stopped by the person');
      return 'used';
    }
    const now = performance.now();
    const twice = now - this.#lastEscape < 600;
    this.#lastEscape = twice ? -Infinity : now;
    if (twice && this.#input.text === '') void this.enter('/rewind');
    return 'pass';
  }

  /** The first clears the input, or stops what is under way, or says that the next one leaves. */
  #ctrlC(): void {
    const now = performance.now();
    if (!this.#run && this.#input.text !== '') {
      this.#input.set('');
    } else if (now - this.#lastCtrlC < 1500) {
      this.leave();
    } else {
      this.#lastCtrlC = now;
      if (this.#run) void this.#run.stop('stopped by the person');
      else this.note('Ctrl-C again leaves.');
    }
    this.#frames.now();
  }

  #choose(title: string, choices: readonly Choice[]): Promise<string | undefined> {
    this.#panels.close();
    const rows = Math.max(5, Math.floor(this.#options.tui.terminal.rows / 2));
    return askChoice(title, choices, { dock: this.#dock, theme: this.#theme, rows });
  }

  #setMode(mode: Mode): void {
    this.#options.conversation.parts.mode = mode;
    if (this.#run) this.note(`Mode ${mode} holds from the next turn on.`);
    this.#frames.now();
  }

  #ring(): void {
    if (this.#options.bell) this.#options.tui.terminal.write('\u0007');
  }

  #wipe(): void {
    this.#out.clear();
    this.#todo.clear();
    this.#frames.anew();
  }

  #standing() {
    const { model, mode, budget } = this.#options.conversation.parts;
    return {
      model: model.id,
      mode,
      budget,
      contextWindow: model.info.contextWindow,
      branch: this.#branch,
      working: this.#run !== undefined,
      queued: this.#waiting.all.length,
    };
  }

  #makeDesk(): Desk {
    const { conversation, openModel, command, themeOf } = this.#options;
    return {
      conversation,
      theme: this.#theme,
      openModel,
      command,
      show: (text) => {
        this.#view.lines(text);
        this.#frames.now();
      },
      note: (text) => this.note(text),
      send: (task) => this.#send(task),
      follow: (run) => this.#follow(run),
      type: (text) => this.#input.set(text),
      choose: (title, choices) => this.#choose(title, choices),
      history: () => this.#input.history,
      setMode: (mode) => this.#setMode(mode),
      setTheme: (name) => {
        changeTheme(this.#theme, themeOf(name));
        this.#frames.anew();
      },
      open: (name) => {
        const panel = this.#panels.byName(name);
        if (panel) this.#panels.toggle(panel);
        return panel !== undefined;
      },
      replay: () => this.replay(),
      wipe: () => this.#wipe(),
      quit: () => this.leave(),
    };
  }
}
