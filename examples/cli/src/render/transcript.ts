import type { BudgetWarned, EventOf, MessageAdded, RunEvent, ToolDecided, ToolEnded } from '@capstan/sdk/contract';
import { budgetAmount } from './budget-words.ts';
import { callLabel } from './call-label.ts';
import { CallOutput } from './call-output.ts';
import { duration, plural } from './amounts.ts';
import type { Colour } from './colour.ts';
import { renderDiff } from './diff.ts';
import { glyphs, type Glyphs } from './glyphs.ts';
import { fit } from './fit.ts';
import { plainText } from './plain-text.ts';

export interface TranscriptOptions {
  readonly colour: Colour;
  /** Columns to keep one-line cards in. Default 100. */
  readonly columns?: number;
  /** Default true. */
  readonly unicode?: boolean;
  /** Shows what the model thinks aloud. Default false. */
  readonly reasoning?: boolean;
}

interface Card {
  readonly label: string;
  readonly output: CallOutput;
  told: boolean;
}

/** Turns the events of a run into lines of text, in order, live or from a log. */
export class Transcript {
  readonly #colour: Colour;
  readonly #columns: number;
  readonly #glyphs: Glyphs;
  readonly #reasoning: boolean;
  readonly #cards = new Map<string, Card>();
  #block: 'text' | 'reasoning' | 'card' | 'none' = 'none';
  #lineOpen = false;
  #streamed = false;
  #lastCard = '';

  constructor({ colour, columns = 100, unicode = true, reasoning = false }: TranscriptOptions) {
    this.#colour = colour;
    this.#columns = columns;
    this.#glyphs = glyphs(unicode);
    this.#reasoning = reasoning;
  }

  /** Gives the text that an event adds; empty for one that shows nothing. `diff` goes with `patch.created`. */
  push(event: RunEvent, diff?: string): string {
    switch (event.type) {
      case 'text.delta':
        this.#streamed = true;
        return this.#stream('text', plainText(event.text));
      case 'reasoning.delta':
        return this.#reasoning ? this.#stream('reasoning', plainText(event.text)) : '';
      case 'message.added':
        return this.#message(event);
      case 'tool.decided':
        return this.#decided(event);
      case 'tool.progress':
        return this.#progress(event);
      case 'tool.started':
        return this.#started(event);
      case 'tool.ended':
        return this.#ended(event);
      case 'approval.given':
        return this.#given(event);
      case 'patch.created':
        return this.#patch(event, diff);
      case 'model.retried':
        return this.#note(
          `${event.error.message} Trying again in ${duration(event.waitMs)} (attempt ${event.attempt + 1}).`,
        );
      case 'model.switched':
        return this.#note(`${event.error.message} Going on with ${event.to} instead of ${event.from}.`);
      case 'context.compacted':
        return this.#note(`The conversation was summed up: ${event.tokensBefore} tokens became ${event.tokensAfter}.`);
      case 'budget.warned':
        return this.#note(warning(event));
      case 'child':
        return this.#child(event.event);
      case 'run.started':
      case 'message.queued':
      case 'turn.started':
      case 'turn.ended':
      case 'approval.requested':
      case 'tool.delta':
      case 'run.ended':
      case 'session.renamed':
        return '';
      default:
        return event satisfies never;
    }
  }

  /** Ends an unfinished line, so that other text may follow. */
  close(): string {
    const text = this.#lineOpen ? '\n' : '';
    this.#lineOpen = false;
    this.#block = 'none';
    return text;
  }

  #stream(block: 'text' | 'reasoning', text: string): string {
    const opening = this.#block === block ? '' : this.#gap();
    const body = opening === '' && this.#block === block ? text : text.replace(/^\n+/, '');
    if (body === '') return '';
    this.#block = block;
    this.#lineOpen = !body.endsWith('\n');
    return opening + (block === 'reasoning' ? this.#colour.dim(body) : body);
  }

  #gap(): string {
    const first = this.#block === 'none' && !this.#lineOpen;
    return first ? '' : `${this.close()}\n`;
  }

  #message({ message }: MessageAdded): string {
    if (message.role === 'assistant') {
      const streamed = this.#streamed;
      this.#streamed = false;
      const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
      return streamed || text === '' ? '' : this.#stream('text', plainText(text.endsWith('\n') ? text : `${text}\n`));
    }
    if (message.role === 'user') return '';
    const card = this.#cards.get(message.callId);
    this.#cards.delete(message.callId);
    if (!message.failed || card?.told) return '';
    const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    const header = card ? '' : this.#header(message.tool);
    return header + this.#lines(plainText(text).trim().split('\n').slice(0, 8), this.#colour.red);
  }

  #started({ callId, tool }: EventOf<'tool.started'>): string {
    if (this.#cards.has(callId)) return '';
    this.#cards.set(callId, { label: tool, output: new CallOutput(), told: false });
    this.#lastCard = callId;
    return this.#header(tool);
  }

  #header(label: string, verdict = ''): string {
    const gap = this.#block === 'card' ? this.close() : this.#gap();
    this.#block = 'card';
    return `${gap}${this.#colour.cyan(this.#glyphs.call)} ${this.#colour.bold(label)}${verdict === '' ? '' : `  ${verdict}`}\n`;
  }

  #decided(event: ToolDecided): string {
    const label = callLabel(event.tool, event.input, Math.max(20, this.#columns - 30));
    this.#cards.set(event.callId, { label, output: new CallOutput(), told: event.verdict === 'deny' });
    this.#lastCard = event.callId;
    return this.#header(label, this.#verdict(event));
  }

  #verdict({ verdict, rule, reason }: ToolDecided): string {
    if (verdict === 'allow') return this.#colour.dim(`allowed by ${rule}`);
    if (verdict === 'ask') return this.#colour.yellow(`asks first: ${rule}`);
    return this.#colour.red(`denied by ${rule}: ${reason}`);
  }

  #progress({ callId, text }: EventOf<'tool.progress'>): string {
    const card = this.#cards.get(callId);
    return card ? this.#cardLines(callId, card.output.push(text)) : '';
  }

  #ended(event: ToolEnded): string {
    const card = this.#cards.get(event.callId);
    if (!card) return '';
    const rest = this.#cardLines(event.callId, card.output.end());
    const name = this.#lastCard === event.callId ? '' : `${card.label}  `;
    const time = duration(event.durationMs);
    const end = event.failed ? this.#colour.red(`${name}failed after ${time}`) : this.#colour.dim(`${name}${time}`);
    return `${rest}${this.#intoCard()}  ${this.#colour.dim(this.#glyphs.end)} ${end}\n`;
  }

  #given(event: EventOf<'approval.given'>): string {
    const words = event.reason === undefined ? '' : `: ${plainText(event.reason)}`;
    const card = this.#cards.get(event.callId);
    if (card && event.verdict === 'denied') card.told = true;
    const name = this.#lastCard === event.callId ? '' : `${card?.label ?? event.callId}  `;
    return this.#lines(
      [`${name}${event.verdict} by ${plainText(event.by)}${words}`],
      event.verdict === 'approved' ? this.#colour.green : this.#colour.red,
    );
  }

  #patch(event: EventOf<'patch.created'>, diff: string | undefined): string {
    const files = event.files.map((file) => `${file.change} ${plainText(file.path)}`);
    const more = files.length > 3 ? ` and ${plural(files.length - 3, 'more file')}` : '';
    const size = `${this.#colour.green(`+${event.added}`)} ${this.#colour.red(`-${event.removed}`)}`;
    const line = `  ${this.#colour.magenta('patch')} ${event.id}  ${files.slice(0, 3).join(', ')}${more}  ${size}\n`;
    const body = diff === undefined ? '' : renderDiff(diff, this.#colour, { maxLines: 80, indent: '    ' });
    return `${this.#intoCard()}${line}${body}`;
  }

  #child(event: RunEvent): string {
    if (event.type === 'tool.decided')
      return this.#lines([`${this.#glyphs.child} ${callLabel(event.tool, event.input)}`], this.#colour.dim);
    if (event.type === 'run.ended')
      return this.#lines(
        [`${this.#glyphs.child} ${event.reason} after ${plural(event.turns, 'turn')}`],
        this.#colour.dim,
      );
    return '';
  }

  #note(text: string): string {
    return `${this.#gap()}${this.#colour.yellow(plainText(text))}\n`;
  }

  #cardLines(callId: string, lines: readonly string[]): string {
    if (lines.length === 0) return '';
    const card = this.#cards.get(callId);
    const name = this.#lastCard === callId || !card ? [] : [`${card.label}:`];
    this.#lastCard = callId;
    return this.#lines([...name, ...lines], this.#colour.dim);
  }

  #lines(lines: readonly string[], paint: (text: string) => string): string {
    const bar = this.#colour.dim(this.#glyphs.bar);
    const rows = lines.map(
      (line) => `  ${bar} ${paint(fit(line.replaceAll('\t', '    '), Math.max(20, this.#columns - 4)))}\n`,
    );
    return `${this.#intoCard()}${rows.join('')}`;
  }

  #intoCard(): string {
    const text = this.close();
    this.#block = 'card';
    return text;
  }
}

function warning({ limit, spent, of }: BudgetWarned): string {
  return `80 % of the budget is spent: ${budgetAmount(limit, spent)} of ${budgetAmount(limit, of)}.`;
}
