import { Editor, type TUI } from '@earendil-works/pi-tui';
import type { RunInput } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import { tryGit } from '../run/git.ts';
import { Attachments, clipboardImage, droppedFile } from './attachments.ts';
import { editText } from './edit-text.ts';
import { fileCompletion } from './file-completion.ts';
import { keepHistory, readHistory } from './input-history.ts';
import type { SlashCommand } from './slash/slash-command.ts';
import type { Theme } from './theme.ts';

export interface InputBoxOptions {
  readonly tui: TUI;
  readonly theme: Theme;
  readonly root: string;
  readonly env: Io['env'];
  /** File of what was typed before. */
  readonly historyFile: string;
  readonly commands: readonly SlashCommand[];
  readonly onSubmit: (text: string) => void;
}

const pasteStart = '\u001B[200~';
const pasteEnd = '\u001B[201~';

/** The input: an editor of several lines with completion, history, pictures and one's own editor. */
export class InputBox {
  readonly editor: Editor;
  readonly #options: InputBoxOptions;
  readonly #attachments = new Attachments();
  readonly #history: string[];

  constructor(options: InputBoxOptions) {
    this.#options = options;
    const { tui, theme, root, commands, historyFile, onSubmit } = options;
    this.#history = readHistory(historyFile);
    this.editor = new Editor(tui, theme.editor);
    for (const line of this.#history) this.editor.addToHistory(line);
    this.editor.setAutocompleteProvider(
      fileCompletion(
        commands.map(completed),
        root,
        keptFor(listedMs, () => listFiles(root)),
      ),
    );
    this.editor.onSubmit = (text) => {
      this.remember(text);
      onSubmit(text);
    };
  }

  /** What was typed before, the oldest first. */
  get history(): readonly string[] {
    return this.#history;
  }

  get text(): string {
    return this.editor.getText();
  }

  /** Replaces what stands in the input. */
  set(text: string): void {
    this.editor.setText(text);
    this.#options.tui.requestRender();
  }

  /** Takes what stands in the input out of it, as sending does. */
  take(): string {
    const text = this.editor.getExpandedText();
    this.remember(text);
    this.set('');
    return text;
  }

  /** Keeps a line for the arrow keys, here and next time. */
  remember(text: string): void {
    if (text.trim() === '') return;
    this.editor.addToHistory(text);
    this.#history.push(text.trim());
    keepHistory(this.#options.historyFile, text.trim());
  }

  /** Puts a message together, with the pictures whose marks stand in it. */
  message(text: string): RunInput {
    return this.#attachments.take(text);
  }

  /** Takes a paste that names a picture's file. Gives whether it did. */
  async paste(data: string): Promise<boolean> {
    const file = pastedFile(data, this.#options.root);
    if (file === undefined) return false;
    const { attachment } = await import('@capstan/providers');
    const part = await attachment(file);
    if (part.type !== 'text') this.editor.insertTextAtCursor(`${this.#attachments.add(part)} `);
    this.#options.tui.requestRender();
    return true;
  }

  /** Takes the clipboard's picture. Gives whether there was one. */
  pastePicture(): boolean {
    const bytes = clipboardImage(process.platform);
    if (!bytes) return false;
    const part = { type: 'image', mediaType: 'image/png', data: bytes.toString('base64') } as const;
    this.editor.insertTextAtCursor(`${this.#attachments.add(part)} `);
    this.#options.tui.requestRender();
    return true;
  }

  /** Hands what stands in the input to the person's own editor. @throws {CapstanError} `invalid_config` without one. */
  write(): void {
    const { tui, env } = this.#options;
    const text = editText(this.editor.getExpandedText(), { tui, env, name: 'message.md' });
    this.set(text.replace(/\n$/, ''));
  }
}

/** Whether a paste is the name of a picture's file, so that it is not taken for text. */
export function pastedFile(data: string, root: string): string | undefined {
  if (!data.startsWith(pasteStart) || !data.endsWith(pasteEnd)) return undefined;
  return droppedFile(data.slice(pasteStart.length, -pasteEnd.length), root);
}

function completed({ name, about, choices }: SlashCommand) {
  // Nothing is offered for a word that is whole, or Enter would take the offer instead of sending.
  const complete = (prefix: string) =>
    (choices ?? []).includes(prefix)
      ? null
      : (choices ?? []).filter((each) => each.startsWith(prefix)).map((value) => ({ value, label: value }));
  return { name, description: about, ...(choices ? { getArgumentCompletions: complete } : {}) };
}

/** For so long a list of files is taken for true: it is asked for at each letter, and takes its time where there are many. */
const listedMs = 5000;

function keptFor<T>(ms: number, make: () => T): () => T {
  let kept: { readonly value: T; readonly until: number } | undefined;
  return () => {
    const now = performance.now();
    if (!kept || now > kept.until) {
      const value = make();
      // Counted from its end: what is slow to make is kept no shorter.
      kept = { value, until: performance.now() + ms };
    }
    return kept.value;
  };
}

/** The files git knows or would take; without git none are offered. */
function listFiles(root: string): string[] {
  return (tryGit(root, ['ls-files', '-co', '--exclude-standard', '-z']) ?? '').split('\0').filter(Boolean);
}
