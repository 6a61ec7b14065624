import type { Node } from 'jsonc-parser';

/** The part of JSON Schema that policy files use. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly oneOf?: readonly unknown[];
  readonly minLength?: number;
  readonly minimum?: number;
}

/** What is wrong with a place of a document. */
export interface SchemaProblem {
  readonly offset: number;
  readonly message: string;
}

/** Checks a parsed document against a schema; gives every problem with its place. */
export function checkSchema(
  node: Node,
  schema: unknown,
  root: unknown,
  where = 'The policy',
): readonly SchemaProblem[] {
  const rule = resolved(schema as Schema, root as Schema);
  const wrong = (message: string): readonly SchemaProblem[] => [
    { offset: node.offset, message: `${where} ${message}` },
  ];
  if (rule.oneOf) return checkOneOf(node, rule.oneOf, { root, where });
  if ('const' in rule && node.value !== rule.const) return wrong(`must be ${JSON.stringify(rule.const)}.`);
  if (rule.enum && !rule.enum.includes(node.value))
    return wrong(`must be one of ${rule.enum.map((value) => JSON.stringify(value)).join(', ')}.`);
  if (rule.type !== undefined && !hasType(node, rule.type))
    return wrong(
      `must be ${rule.type === 'integer' ? 'a whole number' : `${/^[aeiou]/.test(rule.type) ? 'an' : 'a'} ${rule.type}`}.`,
    );
  if (rule.minLength !== undefined && String(node.value).length < rule.minLength) return wrong('must not be empty.');
  if (rule.minimum !== undefined && Number(node.value) < rule.minimum) return wrong(`must be ${rule.minimum} or more.`);
  if (node.type === 'object') return checkObject(node, rule, { root, where });
  if (node.type === 'array' && rule.items !== undefined) {
    return (node.children ?? []).flatMap((child, at) => checkSchema(child, rule.items, root, `${where}[${at}]`));
  }
  return [];
}

interface Place {
  readonly root: unknown;
  readonly where: string;
}

function checkObject(node: Node, rule: Schema, { root, where }: Place): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const seen = new Set<string>();
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (!key || !value) continue;
    const name = String(key.value);
    const path = where === 'The policy' ? `\`${name}\`` : `${where}.${name}`;
    if (seen.has(name)) problems.push({ offset: key.offset, message: `${path} is given twice.` });
    seen.add(name);
    const known = rule.properties && Object.hasOwn(rule.properties, name) ? rule.properties[name] : undefined;
    if (known !== undefined) problems.push(...checkSchema(value, known, root, path));
    else if (rule.additionalProperties === false)
      problems.push({
        offset: key.offset,
        message: `${path} is not known. Known are ${Object.keys(rule.properties ?? {}).join(', ')}.`,
      });
    else if (typeof rule.additionalProperties === 'object')
      problems.push(...checkSchema(value, rule.additionalProperties, root, path));
  }
  for (const name of rule.required ?? [])
    if (!seen.has(name)) problems.push({ offset: node.offset, message: `${where} has no \`${name}\`.` });
  return problems;
}

/** The choice that fits; else the problems of the one that comes closest. */
function checkOneOf(node: Node, choices: readonly unknown[], { root, where }: Place): readonly SchemaProblem[] {
  let closest: readonly SchemaProblem[] | undefined;
  for (const choice of choices) {
    const problems = checkSchema(node, choice, root, where);
    if (problems.length === 0) return [];
    const kind = problems.some(({ message }) => /must be "\w+"\.$/.test(message));
    if (!kind) closest = problems;
  }
  return (
    closest ?? [
      { offset: node.offset, message: `${where} has no known \`effect\`: read, write, run, network, unknown or any.` },
    ]
  );
}

function hasType(node: Node, type: string): boolean {
  return type === 'integer' ? node.type === 'number' && Number.isInteger(node.value) : node.type === type;
}

function resolved(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  let found: unknown = root;
  for (const name of schema.$ref.slice(2).split('/')) found = (found as Readonly<Record<string, unknown>>)[name];
  return resolved(found as Schema, root);
}
