import { CapstanError, type Tool } from '@capstan/sdk/contract';
import { nearest } from '../render/nearest.ts';

/** Finds a tool by name. @throws {CapstanError} `not_found`, with the nearest name. */
export function namedTool(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (tool) return tool;
  const near = nearest(
    name,
    tools.map((each) => each.name),
  );
  const hint = near === undefined ? 'See "capstan tool list".' : `Did you mean ${near}?`;
  throw new CapstanError('not_found', `There is no tool ${name}. ${hint}`, { where: name });
}
