// Clients: requests at a given concurrency, streams that are read to the end and counted.
import { Pool } from 'undici';

const prompt = 'Explain in a few words what a relay between clients and models is good for. '.repeat(12);

export class Load {
  constructor({ port, headers = {}, path = '/v1/chat/completions' }) {
    this.pool = new Pool(`http://127.0.0.1:${port}`, { connections: 400, pipelining: 1 });
    this.headers = { 'content-type': 'application/json', ...headers };
    this.path = path;
  }

  body(model, stream) {
    return JSON.stringify({
      model,
      ...(stream ? { stream: true } : {}),
      max_tokens: 500,
      messages: [{ role: 'user', content: prompt }],
    });
  }

  /** Sends requests that are not streamed. @returns Milliseconds of each. */
  async whole({ count, concurrency, model }) {
    const body = this.body(model, false);
    const times = [];
    let left = count;
    const client = async () => {
      while (left-- > 0) {
        const from = performance.now();
        const { statusCode, body: reply } = await this.post(body);
        const text = await reply.text();
        if (statusCode !== 200 || !text.includes('word by word'))
          throw new Error(`${statusCode} ${text.slice(0, 300)}`);
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, client));
    return times;
  }

  /** Reads one stream to its end. @returns Pieces, and milliseconds until the first byte. */
  async stream(model) {
    const from = performance.now();
    const { statusCode, body } = await this.post(this.body(model, true));
    let firstMs;
    let text = '';
    let pieces = 0;
    for await (const chunk of body) {
      firstMs ??= performance.now() - from;
      text = chunk.toString('latin1');
      for (let at = text.indexOf('word '); at >= 0; at = text.indexOf('word ', at + 5)) pieces++;
    }
    if (statusCode !== 200 || !/DONE|message_stop/.test(text)) throw new Error(`${statusCode} ${text.slice(0, 300)}`);
    return { pieces, firstMs };
  }

  /** Hangs up in the middle of a stream. @returns Milliseconds until the upstream's connection is closed; at most 2,000. */
  async hangUp(model, upstreamUrl) {
    const { body } = await this.post(this.body(model, true));
    await new Promise((resolve) => body.once('data', resolve));
    const from = process.hrtime.bigint();
    body.on('error', () => {});
    body.destroy();
    for (;;) {
      const seen = BigInt(await (await fetch(`${upstreamUrl}/hang-up`)).text());
      if (seen > from) return Number(seen - from) / 1e6;
      if (process.hrtime.bigint() - from > 2_000_000_000n) return 2000;
    }
  }

  post(body) {
    return this.pool.request({ method: 'POST', path: this.path, headers: this.headers, body });
  }

  close() {
    return this.pool.close();
  }
}
