import type { Container, Component } from '@earendil-works/pi-tui';
import type { RunEvent } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { duration } from '../render/amounts.ts';
import { budgetAmount } from '../render/budget-words.ts';
import { plainText } from '../render/plain-text.ts';
import { CallCard } from './call-card.ts';
import { Lines } from './lines.ts';
import { MarkdownStream } from './markdown-stream.ts';
import { Thought } from './thought.ts';
import type { Theme } from './theme.ts';

export interface RunViewOptions {
  readonly theme: Theme;
  readonly unicode: boolean;
  readonly worktree: Pick<Worktree, 'patches'>;
  /** True while all is to be shown that cards keep. */
  readonly unfolded: () => boolean;
}

/** Shows the events of runs in a container: text as Markdown, each call as a card, notes between them. */
export class RunView {
  readonly #out: Container;
  readonly #options: RunViewOptions;
  readonly #cards = new Map<string, CallCard>();
  #stream: MarkdownStream | undefined;
  #thought: Thought | undefined;
  #thinkingSince = 0;
  readonly #thoughts: Thought[] = [];
  #streamed = false;

  constructor(out: Container, options: RunViewOptions) {
    this.#out = out;
    this.#options = options;
  }

  /** Folds or unfolds every card there is. */
  fold(unfolded: boolean): void {
    for (const card of this.#cards.values()) card.unfolded = unfolded;
    for (const thought of this.#thoughts) thought.unfolded = unfolded;
  }

  /** Shows an event. */
  async push(event: RunEvent): Promise<void> {
    const { colour } = this.#options.theme;
    switch (event.type) {
      case 'run.started':
        return event.input && this.#add(new Lines(userLines(event.input.parts, colour.bold), { wrap: true }));
      case 'text.delta':
        this.#streamed = true;
        this.#thought?.end(event.at - this.#thinkingSince);
        return this.#text(plainText(event.text));
      case 'reasoning.delta':
        return this.#think(plainText(event.text), event.at);
      case 'message.added':
        this.#thought?.end(event.at - this.#thinkingSince);
        return this.#message(event);
      case 'tool.decided':
        return this.#card(event.callId, new CallCard(event, this.#options));
      case 'tool.started':
        return this.#cards.has(event.callId)
          ? undefined
          : this.#card(event.callId, new CallCard({ tool: event.tool, input: {} }, this.#options));
      case 'tool.progress':
        return this.#cards.get(event.callId)?.progress(event.text);
      case 'tool.ended':
        return this.#cards.get(event.callId)?.ended(event.durationMs, event.failed);
      case 'approval.given': {
        const words = `${event.verdict} by ${event.by}${event.reason === undefined ? '' : `: ${event.reason}`}`;
        return this.#cards
          .get(event.callId)
          ?.note((event.verdict === 'approved' ? colour.green : colour.red)(plainText(words)));
      }
      case 'patch.created': {
        const head = `${colour.magenta('patch')} ${event.id}  ${colour.green(`+${event.added}`)} ${colour.red(`-${event.removed}`)}`;
        return this.#cards.get(event.callId)?.patch(head, await this.#diff(event.id));
      }
      case 'model.retried':
        return this.note(`${event.error.message} Trying again in ${duration(event.waitMs)}.`);
      case 'model.switched':
        return this.note(`${event.error.message} Going on with ${event.to}.`);
      case 'context.compacted':
        return this.note(`The conversation was summed up: ${event.tokensBefore} tokens became ${event.tokensAfter}.`);
      case 'budget.warned':
        return this.note(
          `80 % of the budget is spent: ${budgetAmount(event.limit, event.spent)} of ${budgetAmount(event.limit, event.of)}.`,
        );
      default:
        return;
    }
  }

  /** Shows a line of our own. */
  note(text: string): void {
    this.#add(new Lines([this.#options.theme.colour.yellow(plainText(text))], { wrap: true }));
  }

  /** Shows lines as they are, of a command of the user's. */
  lines(text: string): void {
    this.#add(new Lines(text.trimEnd().split('\n')));
  }

  #text(text: string): void {
    if (!this.#stream) {
      if (text.trim() === '') return;
      this.#stream = new MarkdownStream(this.#options.theme);
      this.#place(this.#stream);
    }
    this.#stream.push(text);
  }

  #think(text: string, at: number): void {
    if (!this.#thought) {
      this.#thought = new Thought(this.#options.theme.colour);
      this.#thought.unfolded = this.#options.unfolded();
      this.#thoughts.push(this.#thought);
      this.#thinkingSince = at;
      this.#place(this.#thought);
    }
    this.#thought.push(text);
  }

  #message({ message, queued }: Extract<RunEvent, { type: 'message.added' }>): void {
    if (message.role === 'user' && queued !== undefined)
      this.#add(new Lines(userLines(message.parts, this.#options.theme.colour.bold), { wrap: true }));
    if (message.role === 'assistant') {
      const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
      if (!this.#streamed && text !== '') this.#text(plainText(text));
      this.#endBlock();
    }
    if (message.role !== 'tool' || !message.failed) return;
    const text = plainText(message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n'));
    const card = this.#cards.get(message.callId);
    const lines = text.trim().split('\n').slice(0, 8).join('\n');
    if (card) card.note(this.#options.theme.colour.red(lines));
    else this.note(`${message.tool}: ${lines}`);
  }

  #card(callId: string, card: CallCard): void {
    card.unfolded = this.#options.unfolded();
    this.#cards.set(callId, card);
    this.#add(card);
  }

  #add(component: Component): void {
    this.#endBlock();
    this.#place(component);
  }

  #place(component: Component): void {
    if (this.#out.children.length > 0) this.#out.addChild(new Lines(['']));
    this.#out.addChild(component);
  }

  #endBlock(): void {
    this.#stream = undefined;
    this.#thought?.end(undefined);
    this.#thought = undefined;
    this.#streamed = false;
  }

  async #diff(id: string): Promise<string> {
    try {
      return (await this.#options.worktree.patches.show(id)).diff;
    } catch {
      return '';
    }
  }
}

/** A message of more lines than this, a paste mostly, is shown by its beginning. */
const mostSaid = 30;
const foldedSaid = 10;

function userLines(
  parts: readonly { readonly type: string; readonly text?: string }[],
  bold: (text: string) => string,
): string[] {
  const lines = plainText(parts.map((part) => part.text ?? `[${part.type}]`).join('\n')).split('\n');
  const shown = lines.length > mostSaid ? lines.slice(0, foldedSaid) : lines;
  const more = lines.length - shown.length;
  return [...shown.map((line) => bold(`> ${line}`)), ...(more > 0 ? [`> … ${more} more lines`] : [])];
}
