import {
  Container,
  fuzzyFilter,
  Input,
  matchesKey,
  SelectList,
  type Focusable,
  type SelectItem,
} from '@earendil-works/pi-tui';
import { Lines } from './lines.ts';
import type { Theme } from './theme.ts';

/** Something to choose. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly about?: string;
}

export interface ChoiceCardOptions {
  readonly title: string;
  readonly choices: readonly Choice[];
  readonly theme: Theme;
  readonly rows: number;
  /** `undefined` when nothing was chosen. */
  readonly onChoice: (value: string | undefined) => void;
}

/** Lets the person choose one of many; what is typed narrows the list. */
export class ChoiceCard extends Container implements Focusable {
  readonly #options: ChoiceCardOptions;
  readonly #input = new Input();
  #list: SelectList;
  #focused = false;

  constructor(options: ChoiceCardOptions) {
    super();
    this.#options = options;
    this.#list = this.#listOf('');
    this.#layOut();
  }

  get focused(): boolean {
    return this.#focused;
  }

  set focused(value: boolean) {
    this.#focused = value;
    this.#input.focused = value;
  }

  handleInput(data: string): void {
    if (matchesKey(data, 'escape')) return this.#options.onChoice(undefined);
    if (['up', 'down', 'enter', 'pageUp', 'pageDown'].some((key) => matchesKey(data, key as 'up')))
      return this.#list.handleInput(data);
    const before = this.#input.getValue();
    this.#input.handleInput(data);
    const now = this.#input.getValue();
    if (now === before) return;
    this.#list = this.#listOf(now);
    this.#layOut();
  }

  #listOf(words: string): SelectList {
    const { choices, theme, rows, onChoice } = this.#options;
    const found =
      words === '' ? [...choices] : fuzzyFilter([...choices], words, ({ label, about = '' }) => `${label} ${about}`);
    const items: SelectItem[] = found.map(({ value, label, about }) => ({
      value,
      label,
      ...(about === undefined ? {} : { description: about }),
    }));
    const list = new SelectList(items, Math.max(3, rows), theme.list, { maxPrimaryColumnWidth: 60 });
    list.onSelect = ({ value }) => onChoice(value);
    return list;
  }

  #layOut(): void {
    const { title, theme } = this.#options;
    this.clear();
    this.addChild(new Lines([theme.colour.bold(title)]));
    this.addChild(this.#input);
    this.addChild(this.#list);
    this.addChild(new Lines([theme.colour.dim('type to narrow · Enter takes it · Esc leaves it')]));
  }
}
