import type { ToolChoice, ToolSpec } from '@capstan/sdk/contract';
import { customTool } from './custom-tool.ts';
import { type Fields, listAt, maybeObject, maybeText, nameAt, objectAt, refused } from './fields.ts';

/** The tools of a request to OpenAI, and how they may be called. */
export interface OpenaiTools {
  readonly tools: readonly ToolSpec[];
  readonly toolChoice: ToolChoice | undefined;
  /** Names of tools that take free text. */
  readonly custom: readonly string[];
  /** Where a tool belongs to a group: the names of both, by the one name under which the model knows it. */
  readonly grouped: Grouped;
}

/** Tools of groups by the name under which a model knows them. */
export type Grouped = { readonly [name: string]: { readonly namespace: string; readonly name: string } };

/** The one name of a tool of a group, as only OpenAI has groups. */
export function groupedName(namespace: string, name: string): string {
  return `${namespace}__${name}`;
}

/**
 * Reads `tools` and `tool_choice` of Chat Completions, which nests a function in a field named like its type, and of
 * Responses, which does not. Tools that run at OpenAI (web search, code interpreter) are left out: no other vendor can run
 * them, and a model does without a tool that it was not offered.
 */
export function openaiTools(body: Fields): OpenaiTools {
  const found: Found = { custom: [], grouped: {} };
  const tools = listAt(body['tools'], 'tools').flatMap((value, index) => toolsAt(value, `tools[${index}]`, found));
  return { ...found, ...choose(tools, body['tool_choice']) };
}

interface Found {
  readonly custom: string[];
  readonly grouped: { [name: string]: Grouped[string] };
}

function toolsAt(value: unknown, where: string, found: Found, namespace?: string): readonly ToolSpec[] {
  const whole = objectAt(value, where);
  const type = nameAt(whole['type'], `${where}.type`);
  if (type === 'namespace' && namespace === undefined) {
    const group = nameAt(whole['name'], `${where}.name`);
    return listAt(whole['tools'], `${where}.tools`).flatMap((one, index) =>
      toolsAt(one, `${where}.tools[${index}]`, found, group),
    );
  }
  if (type !== 'function' && type !== 'custom') return [];
  const inner = maybeObject(whole[type], `${where}.${type}`);
  const place = inner ? `${where}.${type}` : where;
  const spec = type === 'function' ? functionAt(inner ?? whole, place) : customAt(inner ?? whole, place);
  const name = namespace === undefined ? spec.name : groupedName(namespace, spec.name);
  if (namespace !== undefined) found.grouped[name] = { namespace, name: spec.name };
  if (type === 'custom') found.custom.push(name);
  return [{ ...spec, name }];
}

/** Reads a function, also of the legacy list `functions`. */
export function functionAt(fields: Fields, where: string): ToolSpec {
  return {
    name: nameAt(fields['name'], `${where}.name`),
    description: maybeText(fields['description'], `${where}.description`) ?? '',
    inputSchema: maybeObject(fields['parameters'], `${where}.parameters`) ?? { type: 'object', properties: {} },
  };
}

function customAt(fields: Fields, where: string): ToolSpec {
  const name = nameAt(fields['name'], `${where}.name`);
  const format = maybeObject(fields['format'], `${where}.format`) ?? {};
  const grammar = maybeObject(format['grammar'], `${where}.format.grammar`) ?? format;
  const syntax = maybeText(grammar['syntax'], `${where}.format.syntax`);
  const definition = maybeText(grammar['definition'], `${where}.format.definition`);
  return customTool(name, maybeText(fields['description'], `${where}.description`) ?? '', {
    ...(syntax === undefined ? {} : { syntax }),
    ...(definition === undefined ? {} : { definition }),
  });
}

function choose(tools: readonly ToolSpec[], choice: unknown): Pick<OpenaiTools, 'tools' | 'toolChoice'> {
  const where = 'tool_choice';
  if (choice === undefined || choice === null) return { tools, toolChoice: undefined };
  if (typeof choice === 'string') return { tools, toolChoice: modeAt(choice, where) };
  const fields = objectAt(choice, where);
  const type = nameAt(fields['type'], `${where}.type`);
  if (type === 'function' || type === 'custom') {
    const inner = maybeObject(fields[type], `${where}.${type}`) ?? fields;
    return { tools, toolChoice: { tool: offered(tools, nameAt(inner['name'], `${where}.name`), where) } };
  }
  if (type !== 'allowed_tools')
    throw refused(where, `the tool "${type}" runs at its vendor; it cannot be demanded here.`);
  const allowed = maybeObject(fields['allowed_tools'], `${where}.allowed_tools`) ?? fields;
  const names = listAt(allowed['tools'], `${where}.tools`).map((one, index) =>
    allowedName(one, `${where}.tools[${index}]`),
  );
  const mode = modeAt(maybeText(allowed['mode'], `${where}.mode`) ?? 'auto', `${where}.mode`);
  return { tools: tools.filter(({ name }) => names.includes(name)), toolChoice: mode };
}

function allowedName(value: unknown, where: string): string | undefined {
  const fields = objectAt(value, where);
  const inner = maybeObject(fields['function'] ?? fields['custom'], where) ?? fields;
  return maybeText(inner['name'], `${where}.name`);
}

function modeAt(mode: string, where: string): ToolChoice {
  if (mode === 'auto' || mode === 'none' || mode === 'required') return mode;
  throw refused(where, 'give "auto", "none", "required" or one of the tools.');
}

/** Checks that a tool which is demanded is there. */
export function offered(tools: readonly ToolSpec[], name: string, where: string): string {
  if (!tools.some((tool) => tool.name === name)) throw refused(where, `there is no tool "${name}" in tools.`);
  return name;
}
