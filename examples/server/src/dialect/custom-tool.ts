import type { ToolSpec } from '@capstan/sdk/contract';

/**
 * Turns a tool that takes free text, as Codex uses for patches, into one with a single text argument; its grammar is told
 * in words, since only the vendor that defined it holds a model to it.
 */
export function customTool(
  name: string,
  description: string,
  format: { readonly syntax?: string; readonly definition?: string },
): ToolSpec {
  const grammar =
    format.definition === undefined
      ? ''
      : `\n\nThe input fits this grammar (${format.syntax ?? 'lark'}):\n${format.definition}`;
  return {
    name,
    description: `${description}${grammar}`,
    inputSchema: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole input, as plain text.' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

/** The arguments of such a tool, from the text that a client sends back. */
export function customArguments(input: string): string {
  return JSON.stringify({ input });
}

/** The free text in arguments that a model has written; arguments of another shape are given as they are. */
export function customInput(json: string): string {
  try {
    const value = JSON.parse(json) as unknown;
    const input = (value as { readonly input?: unknown } | null)?.input;
    return typeof input === 'string' ? input : json;
  } catch {
    return json;
  }
}

/** Reads the names of such tools, which a decoder leaves for the encoder of the reply. */
export function customNames(wants: { readonly [name: string]: unknown }): ReadonlySet<string> {
  return new Set(Array.isArray(wants['custom']) ? (wants['custom'] as readonly string[]) : []);
}
