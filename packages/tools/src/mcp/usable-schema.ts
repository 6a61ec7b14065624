import type { Tool as ServerTool } from '@modelcontextprotocol/client';
import { loadValidator } from './load-sdk.ts';

/** Tells why a tool's input schema cannot be used; undefined if it can. One that does not compile would stop a run. */
export async function schemaProblem({ inputSchema }: ServerTool): Promise<string | undefined> {
  const { AjvJsonSchemaValidator } = await loadValidator();
  // Which draft a schema names is the loop's affair.
  const { $schema: _, ...schema }: Record<string, unknown> = inputSchema;
  try {
    new AjvJsonSchemaValidator().getValidator(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
