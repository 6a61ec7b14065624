import { Container, Input, matchesKey, type Focusable } from '@earendil-works/pi-tui';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import { plainText } from '../render/plain-text.ts';
import { scopeOf } from '../run/approval-words.ts';
import type { Reply } from '../run/approver.ts';
import { AnswerList } from './answer-list.ts';
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
  readonly #list: AnswerList;
  readonly #reason = new Input();
  #typing = false;
  #focused = false;

  constructor(request: ApprovalRequested, options: ApprovalCardOptions) {
    super();
    this.#options = options;
    const pattern = request.approvals > 1 ? undefined : options.pattern;
    const { theme, unicode, rows } = options;
    const { colour } = theme;
    const scope = scopeOf(request).words;
    this.#list = new AnswerList(
      [
        { key: 'y', label: 'yes' },
        ...(request.approvals > 1 ? [] : [{ key: 's', label: `for this session: ${scope}` }]),
        ...(pattern === undefined ? [] : [{ key: 'a', label: `always: ${plainText(pattern)}` }]),
        ...(request.preview.kind === 'diff' ? [{ key: 'e', label: 'change it in my editor first' }] : []),
        { key: 'n', label: 'no' },
        { key: 'r', label: 'no, and say why' },
        { key: 'q', label: 'stop the run' },
      ],
      theme.list,
      (key) => this.#choose(key),
    );
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
