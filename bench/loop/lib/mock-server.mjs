// Mock upstream LLM server (run as its own process).  Loopback only.
//
//   POST /<scenario>/<session>/v1/chat/completions   OpenAI chat-completions SSE
//   POST /<scenario>/<session>/v1/responses          OpenAI Responses SSE
//   POST /<scenario>/<session>/v1/messages           Anthropic messages SSE
//   GET  /stats/<session>                            what the client sent (for verification)
//
// scenario = kind-n-m:
//   text-5000        one answer of 5000 text deltas, written as fast as possible
//   paced-1000-1     same, one write per delta, 1 ms apart (each delta is its own read() in the client)
//   tools-50-20      50 turns with one tool call (arguments in 20 deltas), then a 5-delta text
//   parallel-8       one turn with 8 tool calls, then a text
//   bigargs-4000-16  one tool call whose arguments come in 4000 deltas of 16 chars, then a text
//   bigout           one tool call (tool "big_output"), then a 20-delta text
//   bigturns-20      20 turns calling "read_file", then a text
//
// Every SSE event is its own HTTP chunk (as OpenAI sends them), but a whole answer is one socket write of
// pre-built bytes, so the server costs nearly nothing.  Node's fetch joins what one TCP read brought (5000
// deltas arrive as about 23 body chunks of 64 kB), so text-* measures parsing and SDK plumbing; paced-* adds
// the event-loop and socket cost of deltas that arrive one by one, as they do from a real provider.
// The nth request of a session gets the nth answer.
import http from 'node:http';

const CRLF = Buffer.from('\r\n');
const frame = (s) => {
  const b = Buffer.from(s);
  return Buffer.concat([Buffer.from(b.length.toString(16) + '\r\n'), b, CRLF]);
};
const END = Buffer.from('0\r\n\r\n');
const sse = (data, event) =>
  (event ? `event: ${event}\n` : '') + `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

export const deltaText = (i) => [' the', ' quick', ' brown', ' fox', ' jumps', ' over', ' lazy', ' dogs.'][i & 7];
const range = (n) => Array.from({ length: n }, (_, i) => i);
const split = (s, n) =>
  range(n).map((i) => s.slice(Math.floor((i * s.length) / n), Math.floor(((i + 1) * s.length) / n)));

// ---- neutral answers: {text:[..]} or {calls:[{id,name,deltas:[..]}]} ------------------------------
function answer(kind, n, m, turn) {
  const text = (k) => ({ text: range(k).map(deltaText) });
  switch (kind) {
    case 'text':
    case 'paced':
      return text(n);
    case 'tools':
      if (turn >= n) return text(5);
      return {
        calls: [
          {
            id: `call_${turn}_0123456789abcdef`,
            name: 'lookup',
            deltas: split(
              JSON.stringify({
                query: `item number ${turn} in the catalogue of things`,
                limit: 10,
                path: `src/module_${turn}/file_${turn}.ts`,
              }),
              m || 20,
            ),
          },
        ],
      };
    case 'parallel':
      if (turn >= 1) return text(5);
      return {
        calls: range(n).map((i) => ({
          id: `call_p${i}_0123456789abcdef`,
          name: 'sleep',
          deltas: split(JSON.stringify({ ms: 100, tag: `t${i}` }), 4),
        })),
      };
    case 'bigargs': {
      if (turn >= 1) return text(5);
      const line = 'const value = compute(index, "x");\n';
      const args = JSON.stringify({ path: 'a.ts', content: line.repeat(Math.round((n * m) / (line.length + 3))) });
      return { calls: [{ id: 'call_big_0123456789abcdef', name: 'write_file', deltas: split(args, n) }] };
    }
    case 'bigout':
      if (turn >= 1) return text(20);
      return { calls: [{ id: 'call_out_0123456789abcdef', name: 'big_output', deltas: split('{"n":1}', 3) }] };
    case 'bigturns':
      if (turn >= n) return text(5);
      return {
        calls: [
          {
            id: `call_f${turn}_0123456789abcdef`,
            name: 'read_file',
            deltas: split(JSON.stringify({ path: `src/module_${turn}.ts` }), 6),
          },
        ],
      };
  }
  throw new Error('unknown scenario ' + kind);
}

// ---- wire formats: answer -> array of SSE strings --------------------------------------------------
const usage = {
  prompt_tokens: 100,
  completion_tokens: 50,
  total_tokens: 150,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};
function chat(a, turn) {
  const base = {
    id: `chatcmpl-mock${turn}`,
    object: 'chat.completion.chunk',
    created: 1750000000,
    model: 'mock-model',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
  };
  const ev = (delta, finish = null) =>
    sse({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null });
  const out = [];
  if (a.text) {
    out.push(ev({ role: 'assistant', content: '', refusal: null }));
    for (const t of a.text) out.push(ev({ content: t }));
    out.push(ev({}, 'stop'));
  } else {
    a.calls.forEach((c, i) => {
      out.push(
        ev({
          ...(i === 0 ? { role: 'assistant', content: null } : {}),
          tool_calls: [{ index: i, id: c.id, type: 'function', function: { name: c.name, arguments: '' } }],
          ...(i === 0 ? { refusal: null } : {}),
        }),
      );
      for (const d of c.deltas) out.push(ev({ tool_calls: [{ index: i, function: { arguments: d } }] }));
    });
    out.push(ev({}, 'tool_calls'));
  }
  out.push(sse({ ...base, choices: [], usage }), sse('[DONE]'));
  return out;
}
function responses(a, turn) {
  let seq = 0;
  const out = [];
  const ev = (type, o) => out.push(sse({ type, sequence_number: seq++, ...o }, type));
  const resp = (status, output, u) => ({
    id: `resp_mock${turn}`,
    object: 'response',
    created_at: 1750000000,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: 'mock-model',
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: u ?? null,
    user: null,
    metadata: {},
  });
  ev('response.created', { response: resp('in_progress', []) });
  ev('response.in_progress', { response: resp('in_progress', []) });
  const items = [];
  if (a.text) {
    const id = `msg_mock${turn}`,
      full = a.text.join('');
    ev('response.output_item.added', {
      output_index: 0,
      item: { id, type: 'message', status: 'in_progress', content: [], role: 'assistant' },
    });
    ev('response.content_part.added', {
      item_id: id,
      output_index: 0,
      content_index: 0,
      part: { type: 'output_text', annotations: [], logprobs: [], text: '' },
    });
    for (const t of a.text)
      ev('response.output_text.delta', {
        item_id: id,
        output_index: 0,
        content_index: 0,
        delta: t,
        logprobs: [],
        obfuscation: 'aBcDeFgH',
      });
    ev('response.output_text.done', { item_id: id, output_index: 0, content_index: 0, text: full, logprobs: [] });
    const part = { type: 'output_text', annotations: [], logprobs: [], text: full };
    ev('response.content_part.done', { item_id: id, output_index: 0, content_index: 0, part });
    items.push({ id, type: 'message', status: 'completed', content: [part], role: 'assistant' });
    ev('response.output_item.done', { output_index: 0, item: items[0] });
  } else {
    a.calls.forEach((c, i) => {
      const id = `fc_mock${turn}_${i}`,
        full = c.deltas.join('');
      ev('response.output_item.added', {
        output_index: i,
        item: { id, type: 'function_call', status: 'in_progress', arguments: '', call_id: c.id, name: c.name },
      });
      for (const d of c.deltas)
        ev('response.function_call_arguments.delta', {
          item_id: id,
          output_index: i,
          delta: d,
          obfuscation: 'aBcDeFgH',
        });
      ev('response.function_call_arguments.done', { item_id: id, output_index: i, arguments: full });
      const item = { id, type: 'function_call', status: 'completed', arguments: full, call_id: c.id, name: c.name };
      items.push(item);
      ev('response.output_item.done', { output_index: i, item });
    });
  }
  ev('response.completed', {
    response: resp('completed', items, {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 150,
    }),
  });
  return out;
}
function messages(a, turn) {
  const out = [];
  const ev = (type, o) => out.push(sse({ type, ...o }, type));
  ev('message_start', {
    message: {
      id: `msg_mock${turn}`,
      type: 'message',
      role: 'assistant',
      model: 'mock-model',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 100, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
    },
  });
  if (a.text) {
    ev('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    for (const t of a.text) ev('content_block_delta', { index: 0, delta: { type: 'text_delta', text: t } });
    ev('content_block_stop', { index: 0 });
  } else
    a.calls.forEach((c, i) => {
      ev('content_block_start', {
        index: i,
        content_block: { type: 'tool_use', id: c.id.replace('call', 'toolu'), name: c.name, input: {} },
      });
      for (const d of c.deltas)
        ev('content_block_delta', { index: i, delta: { type: 'input_json_delta', partial_json: d } });
      ev('content_block_stop', { index: i });
    });
  ev('message_delta', {
    delta: { stop_reason: a.text ? 'end_turn' : 'tool_use', stop_sequence: null },
    usage: { output_tokens: 50 },
  });
  ev('message_stop', {});
  return out;
}
const WIRE = { 'chat/completions': chat, responses, messages };

const cache = new Map(); // key -> {frames:[Buffer], all:Buffer}
function body(scenario, wire, turn, paced) {
  const [kind, n, m] = scenario.split('-').map((x, i) => (i ? Number(x) : x));
  const key = `${scenario}|${wire}|${turn}`;
  let hit = cache.get(key);
  if (!hit) {
    const frames = WIRE[wire](answer(kind, n, m, turn), turn).map(frame);
    hit = paced ? { frames } : { all: Buffer.concat([...frames, END]) };
    cache.set(key, hit);
  }
  return hit;
}

const sessions = new Map();
const server = http.createServer((req, res) => {
  const parts = req.url.split('?')[0].split('/').filter(Boolean);
  if (parts[0] === 'stats') {
    const s = sessions.get(parts[1]) ?? { requests: 0, bytes: 0 };
    let last = {};
    if (s.lastBody) {
      const b = JSON.parse(Buffer.concat(s.lastBody).toString());
      const msgs = b.messages ?? (Array.isArray(b.input) ? b.input : []);
      const str = (x) => (typeof x === 'string' ? x : JSON.stringify(x ?? ''));
      const toolMsgs = msgs.filter((x) => x.role === 'tool' || x.type === 'function_call_output');
      last = {
        messages: msgs.length,
        toolResults: toolMsgs.length,
        maxToolResult: Math.max(0, ...toolMsgs.map((x) => str(x.content ?? x.output).length)),
        tools: b.tools?.length ?? 0,
        stream: b.stream,
        keys: Object.keys(b).sort(),
      };
    }
    sessions.delete(parts[1]);
    res.setHeader('content-type', 'application/json');
    return res.end(JSON.stringify({ requests: s.requests, bytes: s.bytes, last }));
  }
  const chunks = [];
  let bytes = 0;
  req.on('data', (c) => {
    chunks.push(c);
    bytes += c.length;
  });
  req.on('end', () => {
    const scenario = parts[0],
      sid = parts[1],
      wire = parts.slice(3).join('/');
    if (req.method !== 'POST' || !WIRE[wire]) {
      res.statusCode = 404;
      return res.end('{}');
    }
    let s = sessions.get(sid);
    if (!s) sessions.set(sid, (s = { requests: 0, bytes: 0 }));
    const turn = s.requests++;
    s.bytes += bytes;
    s.lastBody = chunks;
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'transfer-encoding': 'chunked',
      'x-request-id': 'req_mock',
    });
    res.flushHeaders();
    res.chunkedEncoding = false; // the bytes below are already chunk-framed
    const paced = scenario.startsWith('paced');
    const b = body(scenario, wire, turn, paced);
    if (!paced) {
      res.write(b.all);
      return res.end();
    }
    const ms = Number(scenario.split('-')[2] ?? 1),
      t0 = performance.now();
    let i = 0;
    const tick = () => {
      // catches up when a timer fires late, but always one write per delta
      const due = Math.min(b.frames.length, Math.floor((performance.now() - t0) / ms) + 1);
      if (i < due) res.write(b.frames[i++]);
      if (i >= b.frames.length) {
        res.write(END);
        return res.end();
      }
      (i < due ? setImmediate : (f) => setTimeout(f, ms))(tick);
    };
    tick();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', 4096, () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(JSON.stringify({ port }));
});
process.on('disconnect', () => process.exit(0));
