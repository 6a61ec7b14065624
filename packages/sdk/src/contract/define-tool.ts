import { CapstanError } from './errors.ts';
import type { Schema, SchemaOutput } from './schema.ts';
import type { Tool, ToolDefinition } from './tool.ts';

/**
 * Defines a tool with typed input.
 *
 * @throws {CapstanError} `invalid_config` for a name that providers would refuse or a schema that is not an object.
 */
export function defineTool<const S extends Schema>(definition: ToolDefinition<S>): Tool<SchemaOutput<S>> {
  const { name, input, effects } = definition;
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new CapstanError('invalid_config', `Tool name "${name}" must be 1 to 64 letters, digits, "_" or "-".`);
  }
  if (input === null || (typeof input !== 'object' && typeof input !== 'function')) {
    throw new CapstanError(
      'invalid_config',
      `Tool "${name}" needs a schema as input: Zod, Standard Schema or JSON Schema.`,
    );
  }
  const { effects: _, ...rest } = definition;
  if (effects === undefined) return rest;
  return { ...rest, effects: typeof effects === 'function' ? effects : () => effects };
}
