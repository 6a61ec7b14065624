import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Starts a server that speaks Chat Completions: `answer(body)` gives the pieces of text, or a call, and a pace. */
export async function startVendor(answer) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === 'GET') return response.end('{"data":[]}');
    const { pieces = [], call, perSecond } = answer(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (delta, finish = null) => {
      const choices = [{ index: 0, delta, finish_reason: finish }];
      response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices })}\n\n`);
    };
    const start = performance.now();
    for (const [at, content] of pieces.entries()) {
      send({ content });
      const ahead = perSecond === undefined ? 0 : start + ((at + 1) * 1000) / perSecond - performance.now();
      if (ahead > 1) await pause(ahead);
    }
    if (call) {
      const { name, input } = call;
      send({
        tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name, arguments: JSON.stringify(input) } }],
      });
    }
    send({}, call ? 'tool_calls' : 'stop');
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
    response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [], usage })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
