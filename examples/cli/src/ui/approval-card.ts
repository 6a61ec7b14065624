import { Container, Input, matchesKey, SelectList, type Focusable } from '@earendil-works/pi-tui';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import { plainText } from '../render/plain-text.ts';
import { scopeOf } from '../run/approval-words.ts';
import type { Reply } from '../run/approver.ts';
import { Lines } from './lines.ts';
import { Preview } from './preview.ts';
import type { Theme } from './theme.ts';

export interface ApprovalCardOptions {
  readonly theme: Theme;
  readonly unicode: boolean;
  /** Rows the preview may take. */
  readonly rows: number;
  readonly by: string;
  /** What "always" would allow; absent where that cannot be said as a rule. */
  readonly pattern?: string | undefined;
  readonly onReply: (reply: Reply, holds: Holds) => void;
  /** The person wants to change the diff first. */
  readonly onEdit: () => void;
}

/** How long an answer holds: for this call, this session, or in the user's policy file. */
export type Holds = 'once' | 'session' | 'always';

/** Asks for one approval: shows the diff or the command and the rule that asked, and takes the answer. */
export class ApprovalCard extends Container implements Focusable {
  readonly #options: ApprovalCardOptions;
  readonly #list: SelectList;
  readonly #reason = new Input();
  readonly #pattern: string | undefined;
  readonly #editable: boolean;
  #typing = false;
  #focused = false;

  constructor(request: ApprovalRequested, options: ApprovalCardOptions) {
    super();
    this.#options = options;
    this.#pattern = request.approvals > 1 ? undefined : options.pattern;
    const { theme, unicode, rows } = options;
    const { colour } = theme;
    this.#editable = request.preview.kind === 'diff';
    const scope = scopeOf(request).words;
    this.#list = new SelectList(
      [
        { value: 'y', label: 'y  yes' },
        ...(request.approvals > 1 ? [] : [{ value: 's', label: `s  for this session: ${scope}` }]),
        ...(this.#pattern === undefined ? [] : [{ value: 'a', label: `a  always: ${plainText(this.#pattern)}` }]),
        ...(this.#editable ? [{ value: 'e', label: 'e  change it in my editor first' }] : []),
        { value: 'n', label: 'n  no' },
        { value: 'r', label: 'r  no, and say why' },
        { value: 'q', label: 'q  stop the run' },
      ],
      7,
      theme.list,
    );
    this.#list.onSelect = ({ value }) => this.#choose(value);
    this.#list.onCancel = () => this.#choose('n');
    this.#reason.onSubmit = (reason) =>
      this.#reply({ kind: 'deny', by: options.by, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) });
    const head = colour.yellow(`${request.tool} asks first: ${request.reason} (rule ${request.rule})`);
    this.addChild(new Lines([head], { wrap: true }));
    this.addChild(new Preview(request, { theme, unicode, rows }));
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
    const keys = [
      'y',
      's',
      'n',
      'r',
      'q',
      ...(this.#pattern === undefined ? [] : ['a']),
      ...(this.#editable ? ['e'] : []),
    ];
    if (keys.includes(data)) return this.#choose(data);
    this.#list.handleInput(data);
  }

  #choose(value: string): void {
    const { by } = this.#options;
    const holds: Partial<Record<string, Holds>> = { y: 'once', s: 'session', a: 'always' };
    const held = holds[value];
    if (held) return this.#reply({ kind: 'approve', by: [by] }, held);
    if (value === 'e') return this.#options.onEdit();
    if (value === 'q') return this.#reply({ kind: 'stop' });
    if (value === 'n') return this.#reply({ kind: 'deny', by });
    this.#typing = true;
    this.removeChild(this.#list);
    this.addChild(new Lines(['Why not?']));
    this.addChild(this.#reason);
    this.#reason.focused = this.#focused;
  }

  #reply(reply: Reply, holds: Holds = 'once'): void {
    this.#options.onReply(reply, holds);
  }
}
