import { Container, type Component, type TUI } from '@earendil-works/pi-tui';

/** Makes a card that asks something; `done` takes it away. */
export type MakeCard = (done: () => void) => Component;

interface Waiting {
  readonly make: MakeCard;
  readonly done: () => void;
}

/** The place of the input: cards that ask take it in turn, then it is the input's again. */
export class Dock extends Container {
  readonly #tui: TUI;
  readonly #home: Component;
  #waiting: readonly Waiting[] = [];

  constructor(tui: TUI, home: Component) {
    super();
    this.#tui = tui;
    this.#home = home;
    this.addChild(home);
  }

  /** True while something is asked. */
  get asking(): boolean {
    return this.#waiting.length > 0;
  }

  /** Asks when it is its turn. Gives how to take the question back. */
  ask(make: MakeCard): () => void {
    const waiting: Waiting = { make, done: () => this.#remove(waiting) };
    this.#waiting = [...this.#waiting, waiting];
    if (this.#waiting.length === 1) this.#show();
    return waiting.done;
  }

  /** Takes all questions back. */
  dismiss(): void {
    if (!this.asking) return;
    this.#waiting = [];
    this.#show();
  }

  #remove(waiting: Waiting): void {
    const first = this.#waiting[0] === waiting;
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    if (first) this.#show();
  }

  #show(): void {
    const [first] = this.#waiting;
    const component = first ? first.make(first.done) : this.#home;
    this.clear();
    this.addChild(component);
    this.#tui.setFocus(component);
    this.#tui.requestRender();
  }
}
