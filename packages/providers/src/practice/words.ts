/** What the model is, said once in a conversation. */
export const introduction =
  'I am the practice model: a few fixed rules on this machine, no language model. I can look for places that are safe to ' +
  'make faster, change them and run the tests. For a real model set OPENAI_API_KEY or ANTHROPIC_API_KEY, or give ' +
  '--model vendor/name (with ollama running, for example --model ollama/qwen3).';

/** What the model says when asked what it can do. */
export const abilities =
  'Ask me to "improve this repository" and I look round, run its tests, look for rewrites whose preconditions all hold ' +
  '(copies in loops, lists searched again and again, and the like, in JavaScript and TypeScript), apply up to five as ' +
  'patches that roll back, and run the tests and the benchmark again. Ask me to "find opportunities without changing ' +
  'anything" for a list only, or to "run the tests". I cannot write new code, answer questions or follow other instructions.';

/** What the model says to a request that needs understanding. */
export const beyond =
  'That needs a language model, so I did nothing. I only follow fixed rules: "improve this repository", "find ' +
  'opportunities", "run the tests".';

/** Cuts a text into pieces of a few characters at the borders of words, as a model would stream it. */
export function pieces(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
