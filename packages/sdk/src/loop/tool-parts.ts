import type { ResultPart } from '../contract/message.ts';

/**
 * What a tool gave, as parts. Tools written in JavaScript may give anything: other values come as JSON, nothing as empty
 * text.
 */
export function toolParts(output: unknown): readonly ResultPart[] {
  if (Array.isArray(output) && output.every(isPart)) return output;
  return [{ type: 'text', text: typeof output === 'string' ? output : asJson(output) }];
}

function isPart(value: unknown): value is ResultPart {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'text') return 'text' in value && typeof value.text === 'string';
  return (value.type === 'image' || value.type === 'file') && 'mediaType' in value;
}

function asJson(value: unknown): string {
  if (value === undefined || value === null) return '';
  try {
    return (
      JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? String(value)
    );
  } catch {
    return String(value);
  }
}
