import { createHash } from 'node:crypto';
import type { Tool as ServerTool } from '@modelcontextprotocol/client';

/** Gives the SHA-256, in hexadecimal, of all that a server says of a tool to models and to policy. */
export function fingerprint({ name, description, inputSchema, annotations }: ServerTool): string {
  return createHash('sha256').update(canonical({ name, description, inputSchema, annotations })).digest('hex');
}

// The order of keys says nothing, and servers change it from one start to the next.
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
