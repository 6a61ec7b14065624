import type { TUI } from '@earendil-works/pi-tui';
import type { Theme } from '../theme.ts';
import type { Panel } from './panel.ts';
import { PanelView } from './panel-view.ts';

export interface PanelDockOptions {
  readonly tui: TUI;
  readonly theme: Theme;
  readonly unicode: boolean;
  readonly panels: readonly Panel[];
  readonly note: (text: string) => void;
}

/** Opens panels over the words, one at a time; a question to the person goes before them. */
export class PanelDock {
  readonly #options: PanelDockOptions;
  #open: { readonly view: PanelView; readonly close: () => void } | undefined;

  constructor(options: PanelDockOptions) {
    this.#options = options;
  }

  /** True while a panel is open. */
  get open(): boolean {
    return this.#open !== undefined;
  }

  /** The panel of a key, for example `f2`. */
  at(key: string): Panel | undefined {
    return this.#options.panels.find((each) => each.key === key);
  }

  byName(name: string): Panel | undefined {
    return this.#options.panels.find((each) => each.name === name);
  }

  /** Opens a panel, or closes it when it is the one that is open. */
  toggle(panel: Panel): void {
    if (this.#open?.view.name === panel.name) return this.close();
    if (this.#open) return this.#open.view.show(panel);
    const { tui, note } = this.#options;
    const view = new PanelView(panel, { ...this.#options, onClose: () => this.close(), onNote: note });
    // Laid over the words, which come back untouched; a part of them would scroll away if the panel pushed them up.
    const overlay = tui.showOverlay(view, { width: '100%', anchor: 'bottom-left', margin: { bottom: 1 } });
    this.#open = { view, close: () => overlay.hide() };
  }

  close(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.close();
  }
}
