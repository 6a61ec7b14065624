import { truncateToWidth, type Component } from '@earendil-works/pi-tui';
import type { RunEvent } from '@capstan/sdk/contract';
import { todosIn, type Todo } from './panels/todo-items.ts';
import { todoLine } from './panels/todo-line.ts';
import type { Theme } from './theme.ts';

/** Steps that are shown at once. */
const shown = 6;

/** Shows the model's steps above the input until all of them are done. */
export class TodoCard implements Component {
  readonly #theme: Theme;
  readonly #unicode: boolean;
  #todos: readonly Todo[] = [];

  constructor({ theme, unicode }: { readonly theme: Theme; readonly unicode: boolean }) {
    this.#theme = theme;
    this.#unicode = unicode;
  }

  /** Takes the list where an event has it. */
  push(event: RunEvent): void {
    if (event.type === 'tool.decided' && event.tool === 'todo') this.#todos = todosIn(event.input);
  }

  /** Forgets the list. */
  clear(): void {
    this.#todos = [];
  }

  render(width: number): string[] {
    const { colour } = this.#theme;
    const open = this.#todos.filter(({ status }) => status !== 'done' && status !== 'dropped');
    if (open.length === 0) return [];
    const done = this.#todos.length - open.length;
    const lines = open.slice(0, shown).map((todo) => `  ${todoLine(todo, colour, this.#unicode)}`);
    const more = open.length > shown ? [colour.dim(`  … ${open.length - shown} more (F3)`)] : [];
    const head = colour.dim(`${done} of ${this.#todos.length} steps done`);
    return [head, ...lines, ...more].map((line) => truncateToWidth(line, width));
  }

  invalidate(): void {}
}
