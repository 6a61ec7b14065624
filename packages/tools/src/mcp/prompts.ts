import type { Message } from '@capstan/sdk/contract';
import type { Client, GetPromptResult } from '@modelcontextprotocol/client';
import { resultParts } from './result-parts.ts';

/** A prompt that a server offers to users, for example as a slash command. */
export interface McpPrompt {
  readonly name: string;
  readonly description?: string;
  readonly arguments: readonly { readonly name: string; readonly description?: string; readonly required: boolean }[];
}

/** Lists the prompts of a server; none where it has none. */
export async function listPrompts(client: Client, signal: AbortSignal): Promise<McpPrompt[]> {
  if (!client.getServerCapabilities()?.prompts) return [];
  const { prompts } = await client.listPrompts(undefined, { signal, cacheMode: 'refresh' });
  return prompts.map(({ name, description, arguments: given = [] }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    arguments: given.map(({ name: argument, description: about, required = false }) => ({
      name: argument,
      ...(about === undefined ? {} : { description: about }),
      required,
    })),
  }));
}

/** Turns a prompt that was filled in into messages. */
export function promptMessages({ messages }: GetPromptResult): Message[] {
  return messages.map(({ role, content }): Message => {
    const parts = resultParts({ content: [content] });
    if (role === 'user') return { role, parts };
    return { role, parts: parts.filter((part) => part.type === 'text') };
  });
}
