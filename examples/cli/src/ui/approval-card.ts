import { Container, Input, matchesKey, SelectList, type Focusable } from '@earendil-works/pi-tui';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import { previewText, scopeOf } from '../run/approval-words.ts';
import type { Reply } from '../run/approver.ts';
import { Lines } from './lines.ts';
import type { Theme } from './theme.ts';

export interface ApprovalCardOptions {
  readonly theme: Theme;
  /** Rows the preview may take. */
  readonly rows: number;
  readonly by: string;
  readonly onReply: (reply: Reply, always: boolean) => void;
}

/** Asks for one approval: shows the diff or the command and the rule that asked, and takes the answer. */
export class ApprovalCard extends Container implements Focusable {
  readonly #options: ApprovalCardOptions;
  readonly #list: SelectList;
  readonly #reason = new Input();
  #typing = false;
  #focused = false;

  constructor(request: ApprovalRequested, options: ApprovalCardOptions) {
    super();
    this.#options = options;
    const { theme, rows } = options;
    const { colour } = theme;
    const preview = previewText(request, colour, rows).trimEnd().split('\n');
    const scope = scopeOf(request).words;
    this.#list = new SelectList(
      [
        { value: 'y', label: 'y  yes' },
        ...(request.approvals > 1 ? [] : [{ value: 'a', label: `a  always: ${scope}` }]),
        { value: 'n', label: 'n  no' },
        { value: 'r', label: 'r  no, and say why' },
        { value: 'q', label: 'q  stop the run' },
      ],
      5,
      theme.list,
    );
    this.#list.onSelect = ({ value }) => this.#choose(value);
    this.#list.onCancel = () => this.#choose('n');
    this.#reason.onSubmit = (reason) =>
      this.#reply({ kind: 'deny', by: options.by, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) });
    const head = colour.yellow(`${request.tool} asks first: ${request.reason} (rule ${request.rule})`);
    this.addChild(new Lines([head], { wrap: true }));
    this.addChild(new Lines(preview));
    this.addChild(this.#list);
  }

  get focused(): boolean {
    return this.#focused;
  }

  set focused(value: boolean) {
    this.#focused = value;
    this.#reason.focused = value && this.#typing;
  }

  handleInput(data: string): void {
    if (this.#typing) {
      if (matchesKey(data, 'escape')) return this.#choose('n');
      return this.#reason.handleInput(data);
    }
    if (['y', 'a', 'n', 'r', 'q'].includes(data)) return this.#choose(data);
    this.#list.handleInput(data);
  }

  #choose(value: string): void {
    const { by } = this.#options;
    if (value === 'y' || value === 'a') return this.#reply({ kind: 'approve', by: [by] }, value === 'a');
    if (value === 'q') return this.#reply({ kind: 'stop' });
    if (value === 'n') return this.#reply({ kind: 'deny', by });
    this.#typing = true;
    this.removeChild(this.#list);
    this.addChild(new Lines(['Why not?']));
    this.addChild(this.#reason);
    this.#reason.focused = this.#focused;
  }

  #reply(reply: Reply, always = false): void {
    this.#options.onReply(reply, always);
  }
}
