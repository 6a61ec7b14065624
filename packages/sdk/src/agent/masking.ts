import type { Hook } from '../contract/hook.ts';
import type { MaskStream } from '../contract/mask.ts';
import type { AssistantMessage, ResultPart } from '../contract/message.ts';

/** What masks text: a redactor of `@capstan/policy`, or anything of its shape. */
export interface Masker {
  /** Gives a text with placeholders for what is hidden. */
  redact(text: string): string;
  /** The same for live text in pieces. */
  stream?(): MaskStream;
  /** Puts back what reversible placeholders stand for. */
  restore?(text: string): string;
}

export interface MaskingOptions {
  /**
   * Placeholders in what a model calls are put back before policy judges the call and the tool works; so a value comes
   * back only where the call is allowed. The log keeps the placeholders. Needs a masker with `restore`. Default false.
   */
  readonly restore?: boolean;
  /**
   * Masks what models write into their calls, such as values that must never be written anywhere. Default: calls stay as
   * the model made them, since a call that is changed does something else.
   */
  readonly calls?: (json: string) => string;
}

/**
 * Makes a hook that masks text at every edge: the user's words, instructions and results of tools before a model reads
 * them; models' words, decisions, previews of approvals and live output before they are stored or shown. Logs, exports
 * and telemetry are made of those.
 *
 * @param mask A function masks no live output, which would need to wait for its end; give a redactor for that.
 */
export function masking(mask: ((text: string) => string) | Masker, options: MaskingOptions = {}): Hook {
  const masker: Masker = typeof mask === 'function' ? { redact: mask } : mask;
  const text = (given: string): string => masker.redact(given);
  const parts = <P extends ResultPart>(all: readonly P[]): readonly P[] =>
    all.map((part) => (part.type === 'text' ? { ...part, text: text(part.text) } : part));
  const { restore } = masker;
  return {
    name: 'masking',
    mask: { text, ...(masker.stream ? { stream: () => masker.stream?.() ?? whole(text) } : {}) },
    beforeRun: (input) => ({ ...input, parts: parts(input.parts) }),
    beforeModel: (request) =>
      request.instructions === undefined ? undefined : { ...request, instructions: text(request.instructions) },
    afterModel: (message) => ({ ...message, parts: message.parts.map((part) => ownPart(part, text, options.calls)) }),
    afterTool: (result) => ({ ...result, parts: parts(result.parts) }),
    ...(options.restore && restore
      ? { beforeTool: ({ input }) => ({ input: deep(input, (value) => restore.call(masker, value)) }) }
      : {}),
  };
}

type OwnPart = AssistantMessage['parts'][number];

function ownPart(part: OwnPart, text: (given: string) => string, calls: MaskingOptions['calls']): OwnPart {
  if (part.type === 'text') return { ...part, text: text(part.text) };
  return part.type === 'call' && calls ? { ...part, json: calls(part.json) } : part;
}

function whole(text: (given: string) => string): MaskStream {
  let held = '';
  return { write: (piece) => ((held += piece), ''), end: () => text(held) };
}

function deep(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => deep(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, deep(each, change)]));
}
