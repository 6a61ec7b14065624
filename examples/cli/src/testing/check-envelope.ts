import { Validator, type Schema } from '@cfworker/json-schema';
import { commandSchema, contractSchema, streamSchema } from '../contract/contract-schema.ts';

const validators = new Map<string, Validator>();

/** Holds an envelope to the schema of its command. @throws {Error} saying what is not as published. */
export function checkEnvelope(envelope: {
  readonly ok: boolean;
  readonly cmd: string;
  readonly payload: unknown;
}): void {
  const { cmd } = envelope;
  const schema = commandSchema(cmd);
  if (schema === undefined && envelope.ok) throw new Error(`No schema is published for "${cmd}".`);
  // A line that was not understood has no command of its own: its failure is held to the whole.
  check(validatorOf(schema === undefined ? '' : cmd, schema ?? contractSchema()), envelope, `The envelope of "${cmd}"`);
}

/** Holds a line of `--stream-json` to its schema. @throws {Error} saying what is not as published. */
export function checkStreamLine(line: string): void {
  check(validatorOf('--stream-json', streamSchema()), JSON.parse(line), 'The line');
}

function validatorOf(name: string, schema: object): Validator {
  const known = validators.get(name);
  if (known) return known;
  const made = new Validator(schema as Schema, '2020-12', false);
  validators.set(name, made);
  return made;
}

function check(validator: Validator, value: unknown, what: string): void {
  const { valid, errors } = validator.validate(value);
  if (valid) return;
  const why = errors.filter(({ keyword }) => !structural.has(keyword));
  const shown = (why.length > 0 ? why : errors).slice(0, 8).map((each) => `  ${each.instanceLocation}: ${each.error}`);
  throw new Error(`${what} is not as published:\n${shown.join('\n')}\n${JSON.stringify(value).slice(0, 2000)}`);
}

/** Keywords that only say that something below them is wrong. */
const structural = new Set(['$ref', 'anyOf', 'oneOf', 'allOf', 'if', 'then', 'else', 'properties', 'items']);
