import { CapstanError, costMicros, type ModelInfo } from '@capstan/sdk/contract';
import { catalogue, modelInfo } from '../catalogue/catalogue.ts';
import type { Environment } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import type { Speeds } from './speed-log.ts';
import { vendors } from './vendors.ts';

export interface SelectOptions {
  /** What counts most. */
  readonly prefer: 'speed' | 'cost' | 'quality';
  /** What the model must be known to do. */
  readonly needs?: readonly ('tools' | 'vision' | 'reasoning' | 'local')[];
  /** The most that a run of the expected size may cost; models of unknown price are left out then. */
  readonly maxCostUsd?: number;
  /** Size of a run. Default 100,000 prompt tokens and 10,000 generated. */
  readonly expected?: { readonly inputTokens: number; readonly outputTokens: number };
  /** The models to choose from. Default: those of the catalogue whose vendor has a key in `env`. */
  readonly among?: readonly ListedModel[];
  /** Measured speeds, from `speedLog`. */
  readonly speeds?: Speeds;
  /** Default `process.env`. */
  readonly env?: Environment;
}

/** A choice and why it was made. */
export interface Selection {
  readonly id: string;
  readonly info: ModelInfo;
  /** One sentence for a person. */
  readonly reason: string;
  /** The other models, best first, then those that do not fit, each with the reason. */
  readonly others: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Chooses a model by what is known: prices of the catalogue and measured speeds. Nothing is known of quality but what
 * vendors ask for it, so the dearest model counts as the best; the reason says so.
 *
 * @throws {CapstanError} `not_found` when no model fits, with what kept each out.
 */
export function select(options: SelectOptions): Selection {
  const { among = configuredModels(options.env ?? process.env) } = options;
  const out: { id: string; reason: string }[] = [];
  const fit: Candidate[] = [];
  for (const { id, info } of among) {
    const candidate = { id, info, cost: runCost(info, options), speed: options.speeds?.[id] };
    const unfit = unfitness(candidate, options);
    if (unfit) out.push({ id, reason: unfit });
    else fit.push(candidate);
  }
  fit.sort(orders[options.prefer]);
  const [best, ...rest] = fit;
  if (!best) throw noneFits(among.length, out);
  const others = [...rest.map((one) => ({ id: one.id, reason: facts(one) })), ...out];
  return {
    id: best.id,
    info: best.info,
    reason: `${best.id}: ${because(options.prefer, best, fit.length)} (${facts(best)}).`,
    others,
  };
}

/** Lists the models of the catalogue whose vendor has a key in the environment. */
export function configuredModels(env: Environment): readonly ListedModel[] {
  const ready = Object.keys(vendors).filter((name) => vendors[name]?.variables.some((variable) => env[variable]));
  return Object.keys(catalogue)
    .filter((id) => ready.includes(id.slice(0, id.indexOf('/'))))
    .map((id) => ({ id, info: modelInfo(id) }));
}

interface Candidate {
  readonly id: string;
  readonly info: ModelInfo;
  /** Micro-dollars for a run. */
  readonly cost: number | undefined;
  readonly speed: Speeds[string] | undefined;
}

function runCost(
  { price }: ModelInfo,
  { expected = { inputTokens: 100_000, outputTokens: 10_000 } }: SelectOptions,
): number | undefined {
  return price && costMicros(expected, price);
}

function unfitness({ info, cost }: Candidate, { needs = [], maxCostUsd }: SelectOptions): string | undefined {
  const lacks = needs.filter((need) => info[need] !== true);
  if (lacks.length > 0) return `not known to have ${lacks.join(' and ')}`;
  if (maxCostUsd === undefined) return undefined;
  if (cost === undefined) return 'its price is unknown';
  return cost > maxCostUsd * 1e6 ? `a run costs about ${dollars(cost)}` : undefined;
}

/** What is unknown comes last; equals by id, so that the choice is always the same. */
const orders: { readonly [prefer in SelectOptions['prefer']]: (a: Candidate, b: Candidate) => number } = {
  cost: (a, b) => (a.cost ?? Infinity) - (b.cost ?? Infinity) || byId(a, b),
  quality: (a, b) => (b.cost ?? -1) - (a.cost ?? -1) || byId(a, b),
  speed: (a, b) => replySeconds(a) - replySeconds(b) || (a.cost ?? Infinity) - (b.cost ?? Infinity) || byId(a, b),
};

function byId(a: Candidate, b: Candidate): number {
  return a.id < b.id ? -1 : 1;
}

/** Seconds for a reply of 500 tokens, as measured. A number too large to matter stands for not measured. */
function replySeconds({ speed }: Candidate): number {
  if (!speed) return Number.MAX_VALUE;
  return speed.firstMs / 1000 + (speed.tokensPerSecond > 0 ? 500 / speed.tokensPerSecond : 0);
}

function because(prefer: SelectOptions['prefer'], best: Candidate, of: number): string {
  const models = of === 1 ? 'the only model that fits' : `of ${of} models`;
  if (of === 1) return models;
  if (prefer === 'cost') return `the cheapest ${models}`;
  if (prefer === 'quality') return `the dearest ${models}, which is all that is known of quality`;
  return best.speed ? `the fastest measured ${models}` : `the cheapest ${models}, as none was measured yet`;
}

function facts({ cost, speed }: Candidate): string {
  const price = cost === undefined ? 'price unknown' : `a run costs about ${dollars(cost)}`;
  return speed
    ? `${price}, first word after ${Math.round(speed.firstMs)} ms, ${Math.round(speed.tokensPerSecond)} tokens a second`
    : price;
}

function dollars(micros: number): string {
  return `$${(micros / 1e6).toPrecision(2)}`;
}

function noneFits(count: number, out: readonly { readonly id: string; readonly reason: string }[]): CapstanError {
  const why = out
    .slice(0, 5)
    .map(({ id, reason }) => `${id}: ${reason}`)
    .join('; ');
  const text =
    count === 0
      ? 'No model is configured. Set a key, or run: capstan auth login'
      : `None of ${count} models fits. ${why}.`;
  return new CapstanError('not_found', text, { where: 'select' });
}
