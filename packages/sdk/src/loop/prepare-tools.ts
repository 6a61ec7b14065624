import { CapstanError } from '../contract/errors.ts';
import type { ToolSpec } from '../contract/model.ts';
import type { Tool } from '../contract/tool.ts';
import type { Checker } from './checker.ts';
import { prepareSchema } from './prepare-schema.ts';

/** A tool with its schema made ready. */
export interface PreparedTool {
  readonly tool: Tool;
  readonly spec: ToolSpec;
  readonly checker: Checker;
}

/** Prepares tools by name, in the order given. @throws {CapstanError} `invalid_config` for two of one name or a bad schema. */
export async function prepareTools(tools: readonly Tool[]): Promise<ReadonlyMap<string, PreparedTool>> {
  const ready = await Promise.all(tools.map(prepareTool));
  const byName = new Map<string, PreparedTool>();
  for (const each of ready) {
    const { name } = each.tool;
    if (byName.has(name))
      throw new CapstanError('invalid_config', `Two tools are named "${name}". Rename one.`, { where: name });
    byName.set(name, each);
  }
  return byName;
}

const known = new WeakMap<Tool, Promise<PreparedTool>>();

function prepareTool(tool: Tool): Promise<PreparedTool> {
  let prepared = known.get(tool);
  if (!prepared) {
    prepared = prepare(tool);
    known.set(tool, prepared);
  }
  return prepared;
}

async function prepare(tool: Tool): Promise<PreparedTool> {
  const checker = await prepareSchema(tool.input, `tool "${tool.name}"`);
  const type = checker.jsonSchema['type'];
  if (type !== undefined && type !== 'object') {
    throw new CapstanError(
      'invalid_config',
      `The input of tool "${tool.name}" must be an object, not ${String(type)}.`,
      {
        where: tool.name,
      },
    );
  }
  const { $schema: _, ...inputSchema } = checker.jsonSchema;
  return {
    tool,
    checker,
    spec: { name: tool.name, description: tool.description, inputSchema: { type: 'object', ...inputSchema } },
  };
}
