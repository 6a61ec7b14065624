/** A stretch of text: thought or answer. */
export interface Stretch {
  readonly thought: boolean;
  readonly text: string;
}

/** Tells thoughts in `<think>…</think>` from the answer, over any cut of the text. */
export interface ThinkTags {
  push(text: string): Stretch[];
  /** Gives what was held back as the possible beginning of a tag. */
  end(): Stretch[];
}

const openTag = '<think>';
const closeTag = '</think>';

/** Reads tags only where models write them: one thought, at the very beginning of the reply. */
export function thinkTags(): ThinkTags {
  let state: 'before' | 'thought' | 'gap' | 'answer' = 'before';
  let held = '';

  function before(): Stretch[] {
    const trimmed = held.trimStart();
    if (trimmed.length < openTag.length && openTag.startsWith(trimmed)) return [];
    if (!trimmed.startsWith(openTag)) return answer();
    state = 'thought';
    held = trimmed.slice(openTag.length);
    return thought();
  }

  function thought(): Stretch[] {
    const end = held.indexOf(closeTag);
    if (end < 0) {
      const keep = partialTag(held);
      const text = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return text ? [{ thought: true, text }] : [];
    }
    const text = held.slice(0, end);
    held = held.slice(end + closeTag.length);
    state = 'gap';
    return [...(text ? [{ thought: true, text }] : []), ...gap()];
  }

  /** The blank lines between thought and answer belong to neither. */
  function gap(): Stretch[] {
    held = held.trimStart();
    return held ? answer() : [];
  }

  function answer(): Stretch[] {
    state = 'answer';
    const text = held;
    held = '';
    return text ? [{ thought: false, text }] : [];
  }

  const steps = { before, thought, gap, answer };
  return {
    push(text) {
      held += text;
      return steps[state]();
    },
    end() {
      const text = held;
      held = '';
      return text ? [{ thought: state === 'thought', text }] : [];
    },
  };
}

function partialTag(text: string): number {
  for (let length = Math.min(closeTag.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(closeTag.slice(0, length))) return length;
  }
  return 0;
}
