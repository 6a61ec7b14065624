import { Container, Input, matchesKey, SelectList, type Focusable } from '@earendil-works/pi-tui';
import type { UserQuestion } from '@capstan/tools';
import { plainText } from '../render/plain-text.ts';
import { Lines } from './lines.ts';
import type { Theme } from './theme.ts';

/** Takes the answer to a question of the model: one of its options, or words. Escape gives none. */
export class QuestionCard extends Container implements Focusable {
  readonly #list: SelectList | undefined;
  readonly #input = new Input();
  #focused = false;
  #typing: boolean;

  constructor({ question, options }: UserQuestion, theme: Theme, onAnswer: (answer: string | undefined) => void) {
    super();
    this.#typing = options.length === 0;
    this.#input.onSubmit = onAnswer;
    this.#input.onEscape = () => onAnswer(undefined);
    this.addChild(new Lines([theme.colour.yellow(plainText(question))], { wrap: true }));
    if (this.#typing) this.addChild(this.#input);
    else this.#list = this.#choices(options, theme, onAnswer);
  }

  #choices(options: UserQuestion['options'], theme: Theme, onAnswer: (answer: string | undefined) => void): SelectList {
    const items = options.map(({ label, description }, at) => ({
      value: String(at),
      label: plainText(label),
      ...(description === undefined ? {} : { description: plainText(description) }),
    }));
    const list = new SelectList([...items, { value: 'own', label: 'something else…' }], 9, theme.list);
    list.onSelect = ({ value }) => (value === 'own' ? this.#type() : onAnswer(options[Number(value)]?.label));
    list.onCancel = () => onAnswer(undefined);
    this.addChild(list);
    return list;
  }

  get focused(): boolean {
    return this.#focused;
  }

  set focused(value: boolean) {
    this.#focused = value;
    this.#input.focused = value && this.#typing;
  }

  handleInput(data: string): void {
    if (!this.#typing) return this.#list?.handleInput(data);
    if (matchesKey(data, 'escape')) return this.#input.onEscape?.();
    this.#input.handleInput(data);
  }

  #type(): void {
    if (this.#list) this.removeChild(this.#list);
    this.#typing = true;
    this.addChild(this.#input);
    this.#input.focused = this.#focused;
  }
}
