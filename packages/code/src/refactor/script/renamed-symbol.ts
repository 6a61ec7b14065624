import type { Target } from '../find-target.ts';

/** How a symbol is to be renamed. */
export interface RenameWish {
  readonly name: string;
  readonly comments: boolean;
  /** Names that other packages may use may change too. */
  readonly public: boolean;
  /** What it is a part of, for messages. Default: the rename itself. */
  readonly what?: string;
}

/** A symbol that is to be renamed. */
export interface RenamedSymbol {
  readonly target: Target;
  readonly old: string;
  readonly wish: RenameWish;
  /** For messages. */
  readonly what: string;
}
