import { Container, Editor, Loader, matchesKey, type TUI } from '@earendil-works/pi-tui';
import { isDurable, type ApprovalRequested, type Model, type Run, type RunEvent } from '@capstan/sdk/contract';
import type { UserQuestion } from '@capstan/tools';
import { modes, type Mode } from '../project/mode.ts';
import { scopeOf } from '../run/approval-words.ts';
import type { Reply } from '../run/approver.ts';
import { keepRunLog } from '../run/run-log.ts';
import { tryGit } from '../run/git.ts';
import { ApprovalCard } from './approval-card.ts';
import type { Conversation } from './conversation.ts';
import type { Desk } from './desk.ts';
import { Dock } from './dock.ts';
import { fileCompletion } from './file-completion.ts';
import { keepHistory, readHistory } from './input-history.ts';
import { QuestionCard } from './question-card.ts';
import { RunView } from './run-view.ts';
import { userCommand } from './user-command.ts';
import { runSlash, slashCommands } from './slash-commands.ts';
import { StatusLine } from './status-line.ts';
import type { Theme } from './theme.ts';

export interface AppOptions {
  readonly tui: TUI;
  readonly conversation: Conversation;
  readonly theme: Theme;
  readonly unicode: boolean;
  /** The name of the person here. */
  readonly by: string;
  /** File of what was typed before. */
  readonly historyFile: string;
  readonly openModel: (id: string) => Promise<Model>;
}

/** The terminal UI: what was said above, the input and the status line below. */
export class App {
  readonly #options: AppOptions;
  readonly #out = new Container();
  readonly #busy = new Container();
  readonly #editor: Editor;
  readonly #dock: Dock;
  readonly #view: RunView;
  readonly #status: StatusLine;
  readonly #desk: Desk;
  readonly #always = new Set<string>();
  readonly #left = Promise.withResolvers<void>();
  #run: Run | undefined;
  #context = '';
  #unfolded = false;
  #branch: string | undefined;
  #lastCtrlC = -Infinity;
  #drawing: NodeJS.Timeout | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    const { tui, theme, unicode, conversation } = options;
    const { worktree } = conversation.parts;
    this.#view = new RunView(this.#out, { theme, unicode, worktree, unfolded: () => this.#unfolded });
    this.#status = new StatusLine(theme, () => this.#standing());
    this.#editor = this.#makeEditor();
    this.#dock = new Dock(tui, this.#editor);
    this.#desk = this.#makeDesk();
    this.#branch = tryGit(worktree.root, ['branch', '--show-current'])?.trim();
    for (const part of [this.#out, this.#busy, this.#dock, this.#status]) tui.addChild(part);
    tui.setFocus(this.#editor);
    tui.addInputListener((data) => this.#key(data));
  }

  /** Shows a remark. */
  note(text: string): void {
    this.#view.note(text);
    this.#draw();
  }

  /** Sends words typed by the person: a task, a slash command, a command of their own, or a word to a run under way. */
  async enter(text: string): Promise<void> {
    const line = text.trim();
    if (line === '') return;
    keepHistory(this.#options.historyFile, line);
    if (this.#run && !line.startsWith('/')) return this.#steer(line);
    if (this.#run && !/^\/(?:help|status|diff|patches|tools|sessions|quit|approvals)/.test(line))
      return this.note('Wait for the turn to end, or stop it with Esc.');
    if (line.startsWith('/')) return runSlash(line, this.#desk);
    if (line.startsWith('!')) return this.#ownCommand(line.slice(1).trim());
    await this.#send(line);
  }

  /** Shows the session so far. */
  async replay(): Promise<void> {
    const { store, sessionId } = this.#options.conversation.parts;
    this.#wipe();
    for (const event of await store.read(sessionId)) {
      await this.#view.push(event);
      this.#status.push(event);
    }
    this.#draw();
  }

  /** Settles when the person has left; what was under way is stopped first. */
  async whenLeft(): Promise<void> {
    await this.#left.promise;
    await this.#run?.stop('left');
  }

  /** Puts a question of the model to the person; `undefined` when they do not want to answer. */
  ask(question: UserQuestion, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    return new Promise((settle) => {
      const take = this.#dock.ask(
        (done) =>
          new QuestionCard(question, this.#options.theme, (answer) => {
            done();
            settle(answer);
          }),
      );
      signal.addEventListener(
        'abort',
        () => {
          take();
          settle(undefined);
        },
        { once: true },
      );
    });
  }

  /** Leaves, as `/quit` does. */
  leave(): void {
    this.#left.resolve();
  }

  async #send(task: string): Promise<void> {
    const words = this.#context === '' ? task : `${task}\n\n${this.#context}`;
    this.#context = '';
    const { tui, theme, conversation } = this.#options;
    const loader = new Loader(tui, theme.colour.cyan, theme.colour.dim, 'working');
    this.#busy.addChild(loader);
    try {
      const run = await conversation.send(words);
      this.#run = run;
      for await (const event of run) await this.#event(event);
      const result = await run.result;
      await keepRunLog(conversation.parts.worktree.root, conversation.parts.store, result);
      const { reason, error, limit } = result;
      if (error) this.note(error.message);
      if (reason === 'budget') this.note(`The budget ran out: ${limit ?? 'a limit'} is spent. Raise it with /budget.`);
      if (reason === 'stopped') this.note('Stopped. What was done so far is kept; /undo takes it back.');
    } catch (cause) {
      this.note(cause instanceof Error ? cause.message : String(cause));
    } finally {
      this.#run = undefined;
      loader.stop();
      this.#busy.clear();
      this.#dock.dismiss();
      this.#branch = tryGit(conversation.parts.worktree.root, ['branch', '--show-current'])?.trim();
      this.#draw();
    }
  }

  async #event(event: RunEvent): Promise<void> {
    await this.#view.push(event);
    this.#status.push(event);
    if (event.type === 'approval.requested') this.#approve(event);
    if (isDurable(event)) this.#draw();
    else this.#drawSoon();
  }

  /** Asks one at a time; what the person already allowed always is not asked again. */
  #approve(request: ApprovalRequested): void {
    if (this.#always.has(scopeOf(request).key) && request.approvals <= 1) {
      return this.#answer(request, { kind: 'approve', by: [`${this.#options.by} (always)`] });
    }
    this.#dock.ask((done) => this.#approvalCard(request, done));
  }

  #approvalCard(request: ApprovalRequested, done: () => void, given: readonly string[] = []): ApprovalCard {
    const { tui, theme, by } = this.#options;
    const name = given.length === 0 ? by : `${by} (alone, confirmed ${given.length + 1} times)`;
    if (given.length > 0) this.note(`Rule ${request.rule} wants ${request.approvals} people. Alone, confirm again.`);
    return new ApprovalCard(request, {
      theme,
      by: name,
      rows: Math.max(8, tui.terminal.rows - 14),
      onReply: (reply, always) => {
        done();
        if (reply.kind === 'approve' && given.length + 1 < request.approvals) {
          this.#dock.ask((then) => this.#approvalCard(request, then, [...given, name]));
          return;
        }
        if (always) this.#always.add(scopeOf(request).key);
        this.#answer(request, reply.kind === 'approve' ? { ...reply, by: [...given, name] } : reply);
      },
    });
  }

  #answer({ callId }: ApprovalRequested, reply: Reply): void {
    const run = this.#run;
    try {
      if (reply.kind === 'stop') void run?.stop('stopped at an approval');
      if (reply.kind === 'deny')
        run?.deny(callId, { by: reply.by, ...(reply.reason === undefined ? {} : { reason: reply.reason }) });
      if (reply.kind === 'approve') for (const by of reply.by) run?.approve(callId, { by });
    } catch (cause) {
      this.note(cause instanceof Error ? cause.message : String(cause));
    }
  }

  #steer(text: string): void {
    this.#run?.steer(text);
    this.note(`It reads this before its next step: ${text}`);
  }

  async #ownCommand(command: string): Promise<void> {
    if (command === '') return;
    this.note(`$ ${command}`);
    const { output, exit } = await userCommand(command, this.#options.conversation.parts.worktree.root);
    this.#view.lines(`${output}\n${exit === 0 ? '' : `exit code ${exit}`}`.trim());
    this.#context += `<shell command=${JSON.stringify(command)} exit="${exit}">\n${output.slice(-8000)}\n</shell>\n`;
    this.#draw();
  }

  #key(data: string): { consume: boolean } | undefined {
    if (matchesKey(data, 'ctrl+c')) return this.#ctrlC();
    if (matchesKey(data, 'escape') && this.#run && !this.#dock.asking) {
      if (this.#editor.isShowingAutocomplete()) return undefined;
      void this.#run.stop('stopped by the person');
      return { consume: true };
    }
    if (matchesKey(data, 'shift+tab')) {
      const { mode } = this.#options.conversation.parts;
      this.#setMode(modes[(modes.indexOf(mode) + 1) % modes.length] ?? mode);
      return { consume: true };
    }
    if (matchesKey(data, 'ctrl+o')) {
      this.#unfolded = !this.#unfolded;
      this.#view.fold(this.#unfolded);
      this.#options.tui.requestRender(true);
      return { consume: true };
    }
    if (matchesKey(data, 'ctrl+d') && this.#editor.getText() === '' && !this.#dock.asking) {
      this.leave();
      return { consume: true };
    }
    return undefined;
  }

  /** The first clears the input, or stops what is under way, or says that the next one leaves. */
  #ctrlC(): { consume: boolean } {
    const now = performance.now();
    if (!this.#run && this.#editor.getText() !== '') {
      this.#editor.setText('');
    } else if (now - this.#lastCtrlC < 1500) {
      this.leave();
    } else {
      this.#lastCtrlC = now;
      if (this.#run) void this.#run.stop('stopped by the person');
      else this.note('Ctrl-C again leaves.');
    }
    this.#draw();
    return { consume: true };
  }

  #setMode(mode: Mode): void {
    this.#options.conversation.parts.mode = mode;
    if (this.#run) this.note(`Mode ${mode} holds from the next turn on.`);
    this.#draw();
  }

  #wipe(): void {
    this.#out.clear();
    this.#options.tui.requestRender(true);
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#options.tui.requestRender();
  }

  /** Streams come in hundreds of pieces a second; twenty frames are as much as anybody reads. */
  #drawSoon(): void {
    this.#drawing ??= setTimeout(() => this.#draw(), 50);
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
    };
  }

  #makeEditor(): Editor {
    const { tui, theme, conversation, historyFile } = this.#options;
    const editor = new Editor(tui, theme.editor);
    for (const line of readHistory(historyFile)) editor.addToHistory(line);
    const slash = slashCommands.map(({ name, about, choices }) => ({
      name,
      description: about,
      ...(choices
        ? {
            getArgumentCompletions: (prefix: string) =>
              choices.filter((each) => each.startsWith(prefix)).map((value) => ({ value, label: value })),
          }
        : {}),
    }));
    const { root } = conversation.parts.worktree;
    editor.setAutocompleteProvider(fileCompletion(slash, root, () => listFiles(root)));
    editor.onSubmit = (text) => {
      editor.addToHistory(text);
      void this.enter(text);
    };
    return editor;
  }

  #makeDesk(): Desk {
    const { conversation, theme, openModel } = this.#options;
    return {
      conversation,
      theme,
      openModel,
      show: (text) => {
        this.#view.lines(text);
        this.#draw();
      },
      note: (text) => this.note(text),
      send: (task) => this.#send(task),
      setMode: (mode) => this.#setMode(mode),
      replay: () => this.replay(),
      wipe: () => this.#wipe(),
      quit: () => this.leave(),
    };
  }
}

/** The files git knows or would take; without git none are offered. */
function listFiles(root: string): string[] {
  return (tryGit(root, ['ls-files', '-co', '--exclude-standard', '-z']) ?? '').split('\0').filter(Boolean);
}
