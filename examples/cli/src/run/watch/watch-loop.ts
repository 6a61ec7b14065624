import { EventEmitter, on } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Model } from '@capstan/sdk/contract';
import type { Cli } from '../../frame/cli.ts';
import { dollars } from '../../render/amounts.ts';
import { plainText } from '../../render/plain-text.ts';
import { tryGit } from '../git.ts';
import { batchWords } from './batch-words.ts';
import { batchLines, type BatchSource, type ChangeBatch } from './change-batch.ts';
import { commentOrders, type CommentOrder } from './comment-orders.ts';
import { keepBatch } from './kept-batches.ts';
import { watchTree } from './tree-changes.ts';
import { typedHere } from './typed-here.ts';
import { runAction, runOrders, type WatchedRun } from './watch-runs.ts';
import type { WatchSettings } from './watch-settings.ts';

export interface WatchLoopOptions {
  readonly cli: Cli;
  readonly command: Command;
  readonly root: string;
  readonly source: BatchSource;
  readonly settings: WatchSettings;
  /** Who says in words what changed; `undefined` for the facts alone. */
  readonly model: Model | undefined;
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** Most that words cost where the line does not say. */
export const usualCostUsd = 0.1;

type Seen = NonNullable<Awaited<ReturnType<BatchSource['next']>>>;

/** Tells what changes in a tree, and does what is to be done about it, until the signal. */
export class WatchLoop {
  readonly batches: ChangeBatch[] = [];
  readonly said: string[] = [];
  readonly runs: WatchedRun[] = [];
  readonly #options: WatchLoopOptions;
  readonly #pokes = new EventEmitter();
  #spent = 0;
  #model: Model | undefined;
  #unsaid = '';
  #saidAt = -Infinity;
  #due: NodeJS.Timeout | undefined;
  #own: ReadonlySet<string> = new Set();

  constructor(options: WatchLoopOptions) {
    this.#options = options;
    this.#model = options.model;
  }

  /** US dollars, as far as it is known. */
  get costUsd(): number {
    return this.#spent;
  }

  /** @param ready Called when no change is missed any more. */
  async follow(ready: () => Promise<void>): Promise<void> {
    const { root, signal, settings } = this.#options;
    const log = tryGit(root, ['rev-parse', '--git-path', 'logs/HEAD'])?.trim();
    const pokes = on(this.#pokes, 'poke', { signal });
    try {
      const also = log === undefined ? undefined : resolve(root, log);
      await watchTree(root, { signal, also, settled: () => this.#pokes.emit('poke') });
      await ready();
      for await (const _ of pokes) {
        await this.#look();
        if (this.batches.length >= settings.count) break;
      }
    } catch (cause) {
      if (!signal.aborted) throw cause;
    } finally {
      clearTimeout(this.#due);
    }
  }

  async #look(): Promise<void> {
    const seen = await this.#options.source.next(this.#own);
    this.#own = new Set();
    if (seen) await this.#take(seen);
    await this.#sayWords();
  }

  async #take({ batch, files, diff }: Seen): Promise<void> {
    const { settings, root, signal } = this.#options;
    this.batches.push(batch);
    keepBatch(root, batch);
    await this.#tell({ type: 'batch', ...batch }, `${clockTime(batch.at)}  ${batchLines(batch).join('\n          ')}`);
    this.#unsaid += diff;
    const others = new Set(batch.files.filter(({ own }) => !own).map(({ path }) => path));
    if (others.size === 0) return;
    const found = settings.comments ? commentOrders(files.filter(({ path }) => others.has(path))) : [];
    const orders = found.length > 0 && batch.head === undefined ? await typedHere(root, found, signal) : [];
    if (orders.length < found.length) await this.#note('Comments that git brought along are not followed.');
    if (orders.length > 0) return this.#obey(orders);
    if (settings.onChange) await this.#act(batch);
  }

  async #obey(orders: readonly CommentOrder[]): Promise<void> {
    const { cli, command } = this.#options;
    for (const { path, line, text } of orders) await this.#note(plainText(`${path}:${line} asks: ${text}`));
    const options = this.#runOptions();
    if (options) await this.#ran(runOrders(cli, command, orders, options));
  }

  async #act(batch: ChangeBatch): Promise<void> {
    const { cli, command, settings } = this.#options;
    const options = this.#runOptions();
    if (settings.onChange && options)
      await this.#ran(runAction(cli, command, settings.onChange, { ...options, batch }));
  }

  /** `undefined` when nothing may be spent any more. */
  #runOptions(): { readonly costUsd: number | undefined; readonly shown: boolean } | undefined {
    const { settings } = this.#options;
    const shown = settings.output === 'text';
    if (settings.costUsd === undefined) return { costUsd: undefined, shown };
    const left = settings.costUsd - this.#spent;
    if (left > 0) return { costUsd: left, shown };
    void this.#note(`The budget of ${dollars(settings.costUsd)} is spent: nothing is run.`);
    return undefined;
  }

  async #ran(running: Promise<WatchedRun>): Promise<void> {
    const run = await running;
    this.runs.push(run);
    this.#spent += run.costUsd ?? 0;
    this.#own = new Set(run.patches.flatMap(({ files }) => files.map(({ path }) => path)));
    await this.#tell({ type: 'run', ...run });
    this.#pokes.emit('poke');
  }

  /** Has the model say what came since it said something, when it is time. */
  async #sayWords(): Promise<void> {
    const { settings, cli, root, offline, signal } = this.#options;
    if (!this.#model || this.#unsaid === '' || signal.aborted) return;
    const wait = this.#saidAt + settings.everyMs - performance.now();
    if (wait > 0) {
      clearTimeout(this.#due);
      this.#due = setTimeout(() => this.#pokes.emit('poke'), wait);
      return;
    }
    const diff = this.#unsaid;
    this.#unsaid = '';
    this.#saidAt = performance.now();
    const costUsd = (settings.costUsd ?? usualCostUsd) - this.#spent;
    if (costUsd <= 0) return this.#stopWords('the budget for them is spent');
    const result = await batchWords(cli, diff, { root, model: this.#model, costUsd, offline, signal });
    this.#spent += result.costUsd ?? 0;
    const words = result.text.trim();
    if (result.reason === 'stopped') return;
    if (result.reason === 'budget') return this.#stopWords('the budget for them is spent, or does not do for one more');
    if (result.reason !== 'done' || words === '')
      return this.#stopWords(result.error?.message ?? 'the model gave none');
    this.said.push(words);
    const at = Date.now();
    keepBatch(root, { at, files: [], words });
    await this.#tell({ type: 'words', at, words }, `          ${plainText(words).replaceAll('\n', '\n          ')}`);
  }

  async #stopWords(why: string): Promise<void> {
    this.#model = undefined;
    await this.#note(`No more summaries in words: ${why}`);
  }

  async #tell(line: object, text?: string): Promise<void> {
    const { settings, cli } = this.#options;
    if (settings.output === 'lines') return cli.io.out(`${JSON.stringify(line)}\n`);
    if (settings.output === 'text' && text !== undefined) await cli.io.out(`${text}\n`);
  }

  async #note(words: string): Promise<void> {
    if (this.#options.settings.output !== 'envelope') await this.#options.cli.io.err(`${words}\n`);
  }
}

/** Hours, minutes and seconds of this place. */
export function clockTime(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((each) => String(each).padStart(2, '0')).join(':');
}
