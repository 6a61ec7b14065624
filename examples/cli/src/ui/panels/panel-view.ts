import {
  matchesKey,
  truncateToWidth,
  visibleWidth,
  type Component,
  type Focusable,
  type TUI,
} from '@earendil-works/pi-tui';
import type { Theme } from '../theme.ts';
import type { Panel, PanelContent, PanelItem } from './panel.ts';

export interface PanelViewOptions {
  readonly tui: TUI;
  readonly theme: Theme;
  readonly unicode: boolean;
  readonly panels: readonly Panel[];
  readonly onClose: () => void;
  readonly onNote: (text: string) => void;
}

interface Detail {
  readonly id: string;
  readonly width: number;
  readonly lines: readonly string[];
}

/** Shows a panel in place of the input: a list, more of what is chosen in it, and the keys that do something with it. */
export class PanelView implements Component, Focusable {
  focused = false;
  readonly #options: PanelViewOptions;
  #panel: Panel;
  #content: PanelContent | undefined;
  #chosen = 0;
  #scroll = 0;
  #detail: Detail | undefined;
  #asked = '';
  #failure = '';
  #busy = false;

  constructor(panel: Panel, options: PanelViewOptions) {
    this.#options = options;
    this.#panel = panel;
    void this.#read();
  }

  /** Which panel is shown. */
  get name(): string {
    return this.#panel.name;
  }

  /** Shows another panel. */
  show(panel: Panel): void {
    this.#panel = panel;
    this.#content = undefined;
    this.#chosen = 0;
    this.#forgetDetail();
    void this.#read();
  }

  handleInput(data: string): void {
    const { panels, onClose } = this.#options;
    if (matchesKey(data, 'escape') || data === 'q') return onClose();
    if (matchesKey(data, 'up') || data === 'k') return this.#move(-1);
    if (matchesKey(data, 'down') || data === 'j') return this.#move(1);
    if (matchesKey(data, 'pageUp')) return this.#scrollBy(-this.#rows);
    if (matchesKey(data, 'pageDown') || data === ' ') return this.#scrollBy(this.#rows);
    if (matchesKey(data, 'home')) return this.#move(-Infinity);
    if (matchesKey(data, 'end')) return this.#move(Infinity);
    const step = matchesKey(data, 'tab') || matchesKey(data, 'right') ? 1 : matchesKey(data, 'left') ? -1 : 0;
    if (step !== 0) {
      const at = panels.findIndex(({ name }) => name === this.#panel.name);
      const next = panels[(at + step + panels.length) % panels.length];
      return next && this.show(next);
    }
    const action = this.#content?.actions?.find(({ key }) => key === data);
    if (action && !this.#busy) void this.#act(action);
  }

  render(width: number): string[] {
    const items = this.#content?.items ?? [];
    const half = Math.max(3, Math.floor(this.#rows / 2));
    const from = Math.max(0, Math.min(this.#chosen - half + 1, items.length - half));
    const listed = items.slice(from, from + half).map((item, at) => this.#row(item, from + at === this.#chosen, width));
    const body = items.length === 0 ? [this.#emptyLine()] : listed;
    const detail = this.#detailLines(items[this.#chosen], width, this.#rows - body.length);
    const lines = [
      this.#rule(width),
      this.#head(width),
      ...body,
      ...(detail.length === 0 ? [] : [this.#rule(width), ...detail]),
      this.#foot(width),
    ];
    return lines.map((line) => padded(truncateToWidth(line, width), width));
  }

  invalidate(): void {
    this.#forgetDetail();
  }

  get #rows(): number {
    return Math.max(6, this.#options.tui.terminal.rows - 8);
  }

  #head(width: number): string {
    const { colour } = this.#options.theme;
    const tabs = this.#options.panels.map(({ name, key }) => {
      const label = `${key.toUpperCase()} ${name}`;
      return name === this.#panel.name ? colour.inverse(` ${label} `) : colour.dim(` ${label} `);
    });
    const all = tabs.join('');
    if (visibleWidth(all) <= width) return all;
    return colour.inverse(` ${this.#panel.name} `) + colour.dim(` ${this.#panel.about}`);
  }

  #row(item: PanelItem, chosen: boolean, width: number): string {
    const { theme, unicode } = this.#options;
    const mark = chosen ? theme.colour.cyan(unicode ? '→ ' : '> ') : '  ';
    return truncateToWidth(mark + item.label, width);
  }

  #emptyLine(): string {
    const { colour } = this.#options.theme;
    if (this.#failure !== '') return colour.red(this.#failure);
    return colour.dim(this.#content ? this.#content.empty : 'reading …');
  }

  #rule(width: number): string {
    const { theme, unicode } = this.#options;
    return theme.colour.dim((unicode ? '─' : '-').repeat(width));
  }

  #foot(width: number): string {
    const { colour } = this.#options.theme;
    const actions = (this.#content?.actions ?? []).map(({ key, label }) => `${key} ${label}`);
    const keys = [...actions, 'Tab next', 'Esc back'].join(' · ');
    const count =
      this.#content && this.#content.items.length > 1 ? `${this.#chosen + 1} of ${this.#content.items.length}` : '';
    const gap = width - visibleWidth(keys) - visibleWidth(count);
    return colour.dim(gap > 1 ? `${keys}${' '.repeat(gap)}${count}` : keys);
  }

  #detailLines(item: PanelItem | undefined, width: number, rows: number): readonly string[] {
    if (!item?.detail) return [];
    if (this.#detail?.id !== item.id || this.#detail.width !== width) {
      void this.#readDetail(item, width);
      return [];
    }
    const { lines } = this.#detail;
    const most = Math.max(3, rows - 1);
    this.#scroll = Math.max(0, Math.min(this.#scroll, lines.length - most));
    const shown = lines.slice(this.#scroll, this.#scroll + most);
    const rest = lines.length - this.#scroll - shown.length;
    if (rest <= 0) return shown;
    return [...shown.slice(0, -1), this.#options.theme.colour.dim(`… ${rest + 1} more lines (PgDn)`)];
  }

  async #read(): Promise<void> {
    const panel = this.#panel;
    try {
      const content = await panel.read();
      if (panel !== this.#panel) return;
      this.#content = content;
      this.#failure = '';
      this.#chosen = Math.max(0, Math.min(this.#chosen || (content.start ?? 0), content.items.length - 1));
    } catch (cause) {
      if (panel !== this.#panel) return;
      this.#content = { items: [], empty: '' };
      this.#failure = cause instanceof Error ? cause.message : String(cause);
    }
    this.#options.tui.requestRender();
  }

  async #readDetail(item: PanelItem, width: number): Promise<void> {
    const asked = `${this.#panel.name} ${item.id} ${width}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    const lines = await Promise.resolve(item.detail?.(width) ?? []).catch((cause: unknown) => [
      cause instanceof Error ? cause.message : String(cause),
    ]);
    if (this.#asked !== asked) return;
    this.#detail = { id: item.id, width, lines };
    this.#options.tui.requestRender();
  }

  async #act(action: NonNullable<PanelContent['actions']>[number]): Promise<void> {
    const item = this.#content?.items[this.#chosen];
    this.#busy = true;
    if (action.closes) this.#options.onClose();
    try {
      const remark = await action.run(item);
      if (remark !== undefined) this.#options.onNote(remark);
    } catch (cause) {
      this.#options.onNote(cause instanceof Error ? cause.message : String(cause));
    } finally {
      this.#busy = false;
    }
    if (action.closes) return;
    this.#forgetDetail();
    await this.#read();
  }

  #move(by: number): void {
    const last = Math.max(0, (this.#content?.items.length ?? 1) - 1);
    this.#chosen = Math.max(0, Math.min(last, this.#chosen + by));
    this.#scroll = 0;
    this.#options.tui.requestRender();
  }

  #scrollBy(lines: number): void {
    this.#scroll = Math.max(0, this.#scroll + lines);
    this.#options.tui.requestRender();
  }

  #forgetDetail(): void {
    this.#detail = undefined;
    this.#asked = '';
    this.#scroll = 0;
  }
}

/** What lies under the panel must not show through. */
function padded(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - visibleWidth(line)));
}
