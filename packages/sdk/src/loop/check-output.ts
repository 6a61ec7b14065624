import type { AssistantMessage } from '../contract/message.ts';
import type { Checker } from './checker.ts';
import { parseArguments } from './parse-arguments.ts';

/** The value of a final reply, or what to ask the model to mend. */
export type CheckedOutput =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly string[]; readonly ask: string };

/** Reads a final reply as JSON and checks it against the agent's output schema. */
export async function checkOutput(checker: Checker, message: AssistantMessage): Promise<CheckedOutput> {
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const value = await readJson(text);
  const checked = value.problem === undefined ? await checker.check(value.value) : { issues: [value.problem] };
  if (checked.issues === undefined) return checked;
  const lines = checked.issues.map((line) => `- ${line}`).join('\n');
  return {
    issues: checked.issues,
    ask: `The reply does not fit the output schema:\n${lines}\nReply again with only the mended JSON.`,
  };
}

async function readJson(
  text: string,
): Promise<{ readonly value: unknown; readonly problem?: undefined } | { readonly problem: string }> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return parseArguments(text);
  }
}
