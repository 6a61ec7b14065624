import { CapstanError } from '@capstan/sdk/contract';
import type { JsonSchema, Tool } from '@capstan/sdk/contract';
import type { McpConnection } from './connect-mcp.ts';
import { loadValidator } from './load-sdk.ts';

export interface FindToolsOptions {
  /** Up to so many tools are given as they are. Default 30. */
  readonly over?: number;
}

const mostFound = 8;
const aboutChars = 1_000;
const schemaChars = 6_000;

/**
 * Gives the tools of servers to a model without filling its context: as they are while they are few; else as two tools,
 * `mcp_search_tools` and `mcp_call_tool`, by which it finds and calls the others. The list that a model is given stays the
 * same while servers come, go and change, so prompt caches keep hitting.
 */
export function mcpTools(
  connections: readonly Pick<McpConnection, 'name' | 'tools'>[],
  { over = 30 }: FindToolsOptions = {},
): readonly Tool[] {
  const all = () => connections.flatMap(({ tools }) => tools);
  if (all().length <= over) return all();
  return [searchTool(all, connections), callTool(all)] as readonly Tool<never>[] as readonly Tool[];
}

type All = () => readonly Tool[];

function searchTool(all: All, connections: readonly Pick<McpConnection, 'name' | 'tools'>[]): Tool<{ query: string }> {
  const servers = connections.map(({ name }) => name).join(', ');
  return {
    name: 'mcp_search_tools',
    description: `Finds tools of the MCP servers (${servers}) by words of what they do. Gives name, description and input schema of the best; call them with mcp_call_tool. Search before you say that something cannot be done.`,
    input: {
      type: 'object',
      properties: { query: { type: 'string', minLength: 1, maxLength: 500, description: 'For example: create issue' } },
      required: ['query'],
      additionalProperties: false,
    },
    // The words come from servers.
    untrusted: true,
    effects: () => [],
    execute({ query }) {
      const found = best(all(), query);
      if (found.length === 0) return `No tool fits "${query}". Try other words; there are tools of: ${servers}.`;
      return found.map(described).join('\n\n');
    },
  };
}

interface Call {
  readonly tool: string;
  readonly input?: Readonly<Record<string, unknown>>;
}

function callTool(all: All): Tool<Call> {
  const named = (name: string) => all().find((tool) => tool.name === name);
  const longest = Math.max(120_000, ...all().map(({ timeoutMs = 0 }) => timeoutMs));
  return {
    name: 'mcp_call_tool',
    description: 'Calls a tool that mcp_search_tools found, with input that fits its schema.',
    input: {
      type: 'object',
      properties: {
        tool: { type: 'string', description: 'Its whole name, as found.' },
        input: { type: 'object', description: 'What its schema asks for.' },
      },
      required: ['tool'],
      additionalProperties: false,
    },
    timeoutMs: longest,
    untrusted: true,
    effects: ({ tool, input = {} }, context) => {
      const found = named(tool);
      if (!found) return [];
      return found.effects?.(input, context) ?? [{ kind: 'unknown', note: `whatever the tool ${tool} does` }];
    },
    preview: ({ tool, input = {} }, context) =>
      named(tool)?.preview?.(input, context) ?? {
        kind: 'text',
        text: `${tool} ${JSON.stringify(input, undefined, 2)}`,
      },
    async execute({ tool, input = {} }, context) {
      const found = named(tool);
      if (!found) throw new CapstanError('not_found', `There is no tool ${tool}. Find it with mcp_search_tools first.`);
      const problem = await misfit(found.input as JsonSchema, input);
      if (problem !== undefined) throw new CapstanError('tool_failed', `${problem}\n\n${described(found)}`);
      return found.execute(input, context);
    },
  };
}

async function misfit(schema: JsonSchema, input: unknown): Promise<string | undefined> {
  const { AjvJsonSchemaValidator } = await loadValidator();
  const { $schema: _, ...rest }: Record<string, unknown> = { ...schema };
  const checked = new AjvJsonSchemaValidator().getValidator(rest)(input);
  return checked.valid ? undefined : `The input does not fit the tool's schema: ${checked.errorMessage}`;
}

function described({ name, description, input }: Tool): string {
  const schema = JSON.stringify(input);
  return [
    name,
    description.slice(0, aboutChars),
    schema.length > schemaChars ? `Input: ${schema.slice(0, schemaChars)}… (cut)` : `Input: ${schema}`,
  ].join('\n');
}

/** The tools that say most of the words, rare words and names before common ones and descriptions. */
function best(tools: readonly Tool[], query: string): Tool[] {
  const wanted = [...new Set(wordsOf(query))];
  const known = tools.map((tool) => {
    const fields = Object.keys((tool.input as { properties?: object }).properties ?? {});
    return {
      tool,
      name: new Set(wordsOf(tool.name)),
      rest: new Set(wordsOf(`${tool.description} ${fields.join(' ')}`)),
    };
  });
  const weight = (word: string) => {
    const having = known.filter(({ name, rest }) => name.has(word) || rest.has(word)).length;
    return Math.log(1 + known.length / (1 + having));
  };
  const weights = new Map(wanted.map((word) => [word, weight(word)]));
  const scored = known.map(({ tool, name, rest }) => {
    const score = wanted.reduce((sum, word) => {
      const at = weights.get(word) ?? 0;
      return sum + (name.has(word) ? 3 * at : 0) + (rest.has(word) ? at : 0);
    }, 0);
    return { tool, score: tool.name === query ? Infinity : score };
  });
  const hits = scored.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score);
  return hits.slice(0, mostFound).map(({ tool }) => tool);
}

/** Words without their endings, so that `issues` finds `issue`; names in camel case and with lines are taken apart. */
function wordsOf(text: string): string[] {
  const apart = text.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
  return (apart.match(/[\p{L}\d]+/gu) ?? []).map((word) => word.replace(/(?<=\w{3})(ing|es|ed|s|e)$/, ''));
}
