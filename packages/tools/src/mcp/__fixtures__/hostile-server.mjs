// An MCP server by hand that misbehaves as HOSTILE says: what no SDK would send.
import { createInterface } from 'node:readline';

const how = process.env.HOSTILE;
const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const tool = (name, more = {}) => ({ name, description: 'Does it.', inputSchema: { type: 'object' }, ...more });
let pages = 0;
let refused = 0;
let asked = false;

if (how === 'garbage') process.stdout.write('Starting up…\nListening on port 80\n{"half":\n[1,2\n\u0000\u0001\n');

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'hostile', version: '1' },
  }),
  'tools/list': () => {
    if (how === 'pages') return { tools: [tool(`page_${++pages}`)], nextCursor: `${pages}` };
    if (how === 'invalid-list') return { tools: [{ name: 7 }, 'x', null] };
    return { tools: [tool('go'), tool('go'), tool('__proto__'), tool('constructor')] };
  },
  'tools/call': ({ name }) => {
    if (how === 'huge') return { content: [{ type: 'text', text: 'x'.repeat(5_000_000) }] };
    if (how === 'invalid-result') return { content: 'not a list' };
    return { content: [{ type: 'text', text: name }] };
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, error } = JSON.parse(line);
  if (error && (id === 'a' || id === 'b')) refused++;
  if (id === undefined) return;
  if (method === 'tools/call') {
    if (how === 'mute') return;
    if (how === 'endless') {
      const chunk = 'x'.repeat(1_000_000);
      const more = () => process.stdout.write(chunk, () => setImmediate(more));
      return more();
    }
    if (how === 'strange' && asked) return say({ id, result: { content: [{ type: 'text', text: `refused ${refused}` }] } });
    if (how === 'strange') {
      asked = true;
      say({ id: 999, result: {} });
      say({ id, result: { content: [{ type: 'text', text: 'first' }] }, error: { code: 1, message: 'both' } });
      say({ method: 'sampling/createMessage', id: 'a', params: { messages: [], maxTokens: 1 } });
      say({ method: 'elicitation/create', id: 'b', params: { message: 'password?', requestedSchema: { type: 'object', properties: {} } } });
      say({ method: 'notifications/progress', params: { progressToken: 'unknown', progress: 1 } });
    }
  }
  const answer = answers[method];
  if (answer) say({ id, result: answer(params) });
  else say({ id, error: { code: -32601, message: 'no' } });
});
