import { matchesKey, wrapTextWithAnsi, type Component, type SelectListTheme } from '@earendil-works/pi-tui';

export interface Answer {
  /** The key that gives it. */
  readonly key: string;
  readonly label: string;
}

/** The answers to a question, every one to its last word: what is too long for the terminal goes on in the next line. */
export class AnswerList implements Component {
  readonly #answers: readonly Answer[];
  readonly #theme: SelectListTheme;
  readonly #choose: (key: string) => void;
  #at = 0;

  /** @param choose Called with the key of the answer; with `n` when the question is left. */
  constructor(answers: readonly Answer[], theme: SelectListTheme, choose: (key: string) => void) {
    this.#answers = answers;
    this.#theme = theme;
    this.#choose = choose;
  }

  render(width: number): string[] {
    return this.#answers.flatMap(({ key, label }, at) => {
      const lines = wrapTextWithAnsi(label, Math.max(1, width - 5));
      const here = at === this.#at;
      return lines.map((line, row) => {
        const text = `${row > 0 ? '     ' : here ? `→ ${key}  ` : `  ${key}  `}${line}`;
        return here ? this.#theme.selectedText(text) : text;
      });
    });
  }

  handleInput(data: string): void {
    const last = this.#answers.length - 1;
    if (matchesKey(data, 'up')) this.#at = this.#at === 0 ? last : this.#at - 1;
    else if (matchesKey(data, 'down')) this.#at = this.#at === last ? 0 : this.#at + 1;
    else if (matchesKey(data, 'enter')) this.#choose(this.#answers[this.#at]?.key ?? 'n');
    else if (matchesKey(data, 'escape')) this.#choose('n');
    else if (this.#answers.some(({ key }) => key === data)) this.#choose(data);
  }

  invalidate(): void {}
}
