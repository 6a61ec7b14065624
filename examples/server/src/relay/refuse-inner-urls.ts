import { checkUrl } from '@capstan/policy';
import { CapstanError } from '@capstan/sdk/contract';

/** Members that name what a model's server is to fetch, in any of the dialects. */
const named = new Set(['url', 'image_url', 'file_url', 'fileUri', 'file_uri', 'server_url']);
const hints = ['url', 'Uri', '_uri'].map((text) => Buffer.from(text));

/**
 * Refuses a request that names an address inside a network. The relay itself fetches nothing that a client names, but an
 * upstream of the operator's own stands where a client must not reach.
 *
 * @throws {CapstanError} `invalid_config` with status 400 naming the member; the address is not repeated.
 */
export function refuseInnerUrls(body: unknown, bytes: Buffer): void {
  // Most requests name nothing at all, which a native search says sooner.
  if (hints.some((hint) => bytes.includes(hint)) || bytes.includes('\\u00')) walk(body);
}

/** Members that hold what tools take and gave: an agent may well work on a server of its own machine. */
const ofTools = new Set(
  'parameters parametersJsonSchema input_schema schema functionCall functionResponse args action annotations metadata'.split(
    ' ',
  ),
);

function walk(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const isCall = String((value as { readonly type?: unknown }).type).endsWith('tool_use');
  for (const [name, inner] of Object.entries(value)) {
    if (ofTools.has(name) || (isCall && name === 'input')) continue;
    if (typeof inner === 'string') {
      if (named.has(name)) check(name, inner);
    } else walk(inner);
  }
}

function check(name: string, address: string): void {
  if (/^data:/i.test(address.trimStart()) || !/^\s*[a-z][a-z0-9+.-]*:/i.test(address)) return;
  // Clients name files at their vendor in forms of the vendor's own, such as `gs:` or `files/…`.
  if (!/^\s*(https?|ftp|file):/i.test(address)) return;
  if (checkUrl(address.trim()).kind === 'public') return;
  const text = `"${name}" must be a public address on the web or hold the data itself. Send the content as data.`;
  throw new CapstanError('invalid_config', text, { status: 400, where: name });
}
