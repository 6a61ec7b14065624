import { resolve } from 'node:path';
import { CapstanError, type JsonSchema, type RunInput } from '@capstan/sdk/contract';
import { readFileSync } from 'node:fs';

/** Puts a task together with images and documents, in the order they were named. */
export async function runInput(task: string, files: readonly string[], cwd: string): Promise<RunInput> {
  if (files.length === 0) return task;
  const { attachment } = await import('@capstan/providers');
  const parts = await Promise.all(files.map(async (file) => attachment(isAddress(file) ? file : resolve(cwd, file))));
  return [{ type: 'text', text: task }, ...parts];
}

function isAddress(file: string): boolean {
  return /^https?:\/\//.test(file);
}

/**
 * Reads the JSON Schema that an answer is to have: from a file, or from the text itself.
 *
 * @throws {CapstanError} `invalid_config` when it cannot be read or is no schema of JSON.
 */
export function outputSchema(source: string, cwd: string): JsonSchema {
  const inline = source.trimStart().startsWith('{');
  const where = inline ? '--output-schema' : resolve(cwd, source);
  const text = inline ? source : readSchema(where);
  const value = parsed(text, where);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonSchema;
  throw new CapstanError('invalid_config', `${where} is not a JSON Schema: it must be an object.`, { where });
}

function readSchema(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const text = `${path} cannot be read. Give --output-schema a file with a JSON Schema.`;
    throw new CapstanError('invalid_config', text, { where: path }, { cause });
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as SyntaxError;
    throw new CapstanError('invalid_config', `${where} is not JSON: ${message}.`, { where }, { cause });
  }
}
