import type { DurableBody, EphemeralBody } from '../contract/event.ts';
import type { Hook } from '../contract/hook.ts';
import type { Json } from '../contract/json.ts';
import type { Mask, MaskStream } from '../contract/mask.ts';
import type { ResultPart, ToolMessage } from '../contract/message.ts';

/** The masks of hooks, in their order. */
export function masksOf(hooks: readonly Hook[]): readonly Mask[] {
  return hooks.flatMap(({ mask }) => (mask ? [mask] : []));
}

/** Takes a text through masks. */
export function maskText(masks: readonly Mask[], text: string): string {
  return masks.reduce((current, mask) => mask.text(current), text);
}

/** Takes a result through masks before the model reads it; what refuses a call may quote it. */
export function maskResult(masks: readonly Mask[], message: ToolMessage): ToolMessage {
  if (masks.length === 0) return message;
  return { ...message, parts: message.parts.map((part) => maskPart(masks, part)) };
}

function maskPart<P extends ResultPart>(masks: readonly Mask[], part: P): P {
  return part.type === 'text' ? { ...part, text: maskText(masks, part.text) } : part;
}

function maskJson<T>(masks: readonly Mask[], value: T): T {
  if (typeof value === 'string') return maskText(masks, value) as T;
  if (Array.isArray(value)) return value.map((each: Json) => maskJson(masks, each)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskJson(masks, each as Json)])) as T;
}

/** Fields of events that may repeat what a call, a tool or a person said. Messages are masked where they are made. */
const telling: Readonly<Partial<Record<DurableBody['type'], readonly string[]>>> = {
  'tool.decided': ['input', 'effects', 'reason'],
  'tool.ended': ['result'],
  'approval.requested': ['preview', 'reason'],
  'approval.given': ['reason'],
  'model.retried': ['error'],
  'model.switched': ['error'],
  'context.compacted': ['summary'],
  'run.ended': ['text', 'error', 'stopped'],
  'session.renamed': ['title'],
};

/** Takes what an event tells through masks. */
export function maskBody(masks: readonly Mask[], body: DurableBody): DurableBody {
  const fields = masks.length > 0 ? telling[body.type] : undefined;
  if (!fields) return body;
  const all: Record<string, unknown> = { ...body };
  for (const field of fields) if (all[field] !== undefined) all[field] = maskJson(masks, all[field]);
  return all as unknown as DurableBody;
}

type Delta = Exclude<EphemeralBody, { type: 'child' }>;

/** One piece of live output after another, on its way through the masks. */
interface OpenStream {
  readonly streams: readonly MaskStream[];
  readonly like: Delta;
}

/**
 * Masks live events however a secret is split over them: what may still turn out to be part of one is held back until
 * more is known or the stream ends.
 */
export class MaskedEvents {
  readonly #masks: () => readonly Mask[];
  readonly #show: (body: EphemeralBody) => void;
  readonly #open = new Map<string, OpenStream>();

  constructor(masks: () => readonly Mask[], show: (body: EphemeralBody) => void) {
    this.#masks = masks;
    this.#show = show;
  }

  /** Shows a live event, as far as it is safe by now. */
  show(body: EphemeralBody): void {
    const masks = this.#masks().flatMap(({ stream }) => (stream ? [stream] : []));
    if (masks.length === 0 || body.type === 'child') return this.#show(body);
    const key = keyOf(body);
    if (body.type !== 'tool.progress') this.#close((other) => other !== key && !other.startsWith('progress:'));
    let open = this.#open.get(key);
    if (!open) this.#open.set(key, (open = { streams: masks.map((make) => make()), like: body }));
    this.#tell(
      body,
      open.streams.reduce((text, stream) => stream.write(text), textOf(body)),
    );
  }

  /** Shows what is held back of the streams that an event ends, and gives the event masked. */
  store(body: DurableBody): DurableBody {
    if (body.type === 'tool.ended') this.#close((key) => key === `progress:${body.callId}`);
    else if (body.type === 'run.ended') this.#close(() => true);
    else this.#close((key) => !key.startsWith('progress:'));
    return maskBody(this.#masks(), body);
  }

  #close(which: (key: string) => boolean): void {
    for (const [key, { streams, like }] of this.#open) {
      if (!which(key)) continue;
      this.#open.delete(key);
      this.#tell(
        like,
        streams.reduce((text, stream) => stream.write(text) + stream.end(), ''),
      );
    }
  }

  #tell(like: Delta, text: string): void {
    if (text === '') return;
    this.#show(like.type === 'tool.delta' ? { ...like, json: text } : { ...like, text });
  }
}

function keyOf(body: Delta): string {
  if (body.type === 'tool.progress') return `progress:${body.callId}`;
  return body.type === 'tool.delta' ? `call:${body.callId}` : body.type;
}

function textOf(body: Delta): string {
  return body.type === 'tool.delta' ? body.json : body.text;
}
