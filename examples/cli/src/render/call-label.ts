import type { Json } from '@capstan/sdk/contract';
import { fit } from './fit.ts';
import { plainText } from './plain-text.ts';

/** The fields that say most of a call, first found first; any tool that names its input so is shown well. */
const telling = ['command', 'path', 'file', 'pattern', 'query', 'url', 'id', 'name', 'title'];

/** Says in one line what a call is: its tool and the most telling of its arguments. */
export function callLabel(tool: string, input: Json, columns = 100): string {
  const words = plainText(inputWords(input)).replace(/\s+/g, ' ').trim();
  return fit(words === '' ? tool : `${tool} ${words}`, columns);
}

function inputWords(input: Json): string {
  if (input === null || typeof input !== 'object' || Array.isArray(input))
    return input === null ? '' : JSON.stringify(input);
  const fields = input as { readonly [key: string]: Json };
  const [first, second] = telling.map((key) => fields[key]).filter((value) => typeof value === 'string');
  if (first !== undefined && 'pattern' in fields && second !== undefined) return `${second} in ${first}`;
  if (first !== undefined) return first;
  if (Array.isArray(fields['items'])) return `${fields['items'].length} items`;
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(input);
}
