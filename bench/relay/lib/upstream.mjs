// A vendor on loopback: OpenAI's Chat Completions and Anthropic's Messages, whole and streamed at a steady pace.
//   node lib/upstream.mjs [--pace 10]   prints its port
import { createServer } from 'node:http';

const pace = Number(process.argv[process.argv.indexOf('--pace') + 1]) || 10;
const words = 'The relay passes on what the model says, word by word, and adds nothing of its own. ';
const text = words.repeat(8);
const json = { 'content-type': 'application/json' };
const sse = { 'content-type': 'text/event-stream' };

const whole = {
  openai: JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'mock',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop', logprobs: null }],
    usage: { prompt_tokens: 200, completion_tokens: 160, total_tokens: 360 },
  }),
  anthropic: JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'mock',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 200, output_tokens: 160 },
  }),
};

const chunk = (delta, rest = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'mock', choices: [{ index: 0, delta, finish_reason: null }], ...rest })}\n\n`;
const event = (type, fields) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const streams = {
  openai: {
    head: chunk({ role: 'assistant', content: '' }),
    piece: chunk({ content: 'word ' }),
    tail:
      chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
      chunk({}, { choices: [], usage: { prompt_tokens: 200, completion_tokens: 160, total_tokens: 360 } }) +
      'data: [DONE]\n\n',
  },
  anthropic: {
    head:
      event('message_start', {
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'mock',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 200, output_tokens: 1 },
        },
      }) + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    piece: event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'word ' } }),
    tail:
      event('content_block_stop', { index: 0 }) +
      event('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 160 },
      }) +
      event('message_stop', {}),
  },
};

const open = new Set();
setInterval(() => {
  for (const one of open) {
    if (one.response.destroyed) open.delete(one);
    else if (one.left-- > 0) one.response.write(one.piece);
    else {
      open.delete(one);
      one.response.end(one.tail);
    }
  }
}, pace);

/** As fast as it is read, some pieces a turn, as a vendor's front end that held them back sends them. */
function burst({ response, piece, tail, left }) {
  const some = Math.min(left, 40);
  for (let each = 0; each < some; each++) response.write(piece);
  if (left === some) return void response.end(tail);
  const next = () => burst({ response, piece, tail, left: left - some });
  if (response.writableNeedDrain) response.once('drain', next);
  else setImmediate(next);
}

// The clock is the same in all processes of a machine.
let lastHangUp = 0n;

const server = createServer((request, response) => {
  if (request.url === '/hang-up') return void response.end(String(lastHangUp));
  response.on('close', () => {
    if (!response.writableFinished) lastHangUp = process.hrtime.bigint();
  });
  const chunks = [];
  request.on('data', (piece) => chunks.push(piece));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const vendor = request.url.includes('/messages') ? 'anthropic' : 'openai';
    if (!body.stream) return void response.writeHead(200, json).end(whole[vendor]);
    const { head, piece, tail } = streams[vendor];
    response.writeHead(200, sse);
    response.write(head + piece);
    // The model's name says how many pieces the reply has, and how they come: mock-300, mock-burst-5000.
    const left = Number(/-(\d+)$/.exec(body.model)?.[1] ?? 100) - 1;
    if (body.model.includes('-burst-')) burst({ response, piece, tail, left });
    else open.add({ response, piece, tail, left });
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
