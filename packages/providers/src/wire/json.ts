import { CapstanError } from '@capstan/sdk/contract';

/**
 * Parses the data of one wire event, which is always an object.
 *
 * @throws {CapstanError} A retryable `model_failed` when it is no JSON, or no object.
 */
export function parseEvent(data: string, model: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw garbled(model, `an event that is no JSON ("${data.slice(0, 60)}")`);
  }
  if (typeof value !== 'object' || value === null)
    throw garbled(model, `an event that is no object ("${data.slice(0, 60)}")`);
  return value;
}

/** Tells that a vendor sent what cannot be understood. The same request may get a better reply. */
export function garbled(model: string, what: string): CapstanError {
  return new CapstanError('model_failed', `${model} sent ${what}. Try again.`, {
    retryable: true,
    model,
    where: 'garbled',
  });
}

/** Remembers the JSON of objects that keep their identity, so that a history is serialised once and then joined. */
export function jsonCache<T extends object, R>(make: (value: T) => R): (value: T) => R {
  const known = new WeakMap<T, R>();
  return (value) => {
    let json = known.get(value);
    if (json === undefined) known.set(value, (json = make(value)));
    return json;
  };
}

/** The arguments of a call as JSON that any vendor takes: broken text, which a vendor may refuse, goes as a string. */
export function callArguments(json: string): string {
  if (json.trim() === '') return '{}';
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return json;
  } catch {
    // Told below.
  }
  return JSON.stringify({ broken_arguments: json });
}
