/** Something a panel lists. */
export interface PanelItem {
  readonly id: string;
  /** One line, in the colours it is to have. */
  readonly label: string;
  /** Lines that show more of it, laid out for a width. */
  readonly detail?: (width: number) => readonly string[] | Promise<readonly string[]>;
}

/** What a key does to the item that is chosen. */
export interface PanelAction {
  readonly key: string;
  readonly label: string;
  /** Gives a remark to show, if any. The panel is read anew after it. */
  readonly run: (item: PanelItem | undefined) => Promise<string | undefined>;
  /** Closes the panel first: the action sends something to the model, say. */
  readonly closes?: true;
}

/** What a panel shows now. */
export interface PanelContent {
  readonly items: readonly PanelItem[];
  /** Shown where there are none. */
  readonly empty: string;
  readonly actions?: readonly PanelAction[];
  /** Which item is chosen at first. Default: the first. */
  readonly start?: number;
}

/** A view of one part of the work, opened by a key. */
export interface Panel {
  readonly name: string;
  /** As the terminal UI names keys: `f2`. */
  readonly key: string;
  readonly about: string;
  readonly read: () => Promise<PanelContent>;
}
