import { expect, test } from 'vitest';
import { refuseInnerUrls } from './refuse-inner-urls.ts';

const refuse = (body: unknown) => refuseInnerUrls(body, Buffer.from(JSON.stringify(body)));
const image = (url: string) => ({ messages: [{ content: [{ type: 'image_url', image_url: { url } }] }] });

test.each([
  'http://169.254.169.254/latest/meta-data',
  'http://localhost:11434/api/tags',
  'http://[::1]/',
  'http://10.0.0.5/x.png',
  'http://0x7f000001/',
  'file:///etc/passwd',
  'http://metadata.google.internal/',
])('%s is refused wherever a dialect puts it, and not repeated', (url) => {
  for (const body of [
    image(url),
    { input: [{ content: [{ type: 'input_image', image_url: url }] }] },
    { input: [{ content: [{ type: 'input_file', file_url: url }] }] },
    { messages: [{ content: [{ type: 'image', source: { type: 'url', url } }] }] },
    { contents: [{ parts: [{ fileData: { fileUri: url } }] }] },
    { mcp_servers: [{ type: 'url', url }] },
    { tools: [{ type: 'mcp', server_url: url }] },
  ]) {
    expect(() => refuse(body)).toThrow(/must be a public address/);
    expect(() => refuse(body)).not.toThrow(url);
  }
});

test.each(['https://example.com/a.png', 'data:image/png;base64,AAAA', 'gs://bucket/file', 'files/abc-123'])(
  '%s goes through',
  (url) => {
    expect(() => refuse(image(url))).not.toThrow();
  },
);

test('what tools take and gave may name any address', () => {
  const url = 'http://localhost:3000/';
  for (const body of [
    { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'fetch', input: { url } }] }] },
    { contents: [{ parts: [{ functionCall: { name: 'fetch', args: { url } } }] }] },
    { contents: [{ parts: [{ functionResponse: { name: 'fetch', response: { url } } }] }] },
    { tools: [{ name: 'fetch', input_schema: { properties: { x: { url } } } }] },
  ])
    expect(() => refuse(body)).not.toThrow();
});

test('an address in a text is a text', () => {
  expect(() => refuse({ messages: [{ content: 'see http://127.0.0.1/ and the field url' }] })).not.toThrow();
});

test('a name written with escapes is seen', () => {
  const bytes = Buffer.from('{"image_\\u0075rl":"http://127.0.0.1/"}');
  expect(() => refuseInnerUrls(JSON.parse(bytes.toString()), bytes)).toThrow('public address');
});
