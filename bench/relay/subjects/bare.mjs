// The floor: a proxy of node:http alone that checks nothing.
import { Agent, createServer, request as send } from 'node:http';

const upstream = new URL(process.env.UPSTREAM);
const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
const server = createServer((incoming, outgoing) => {
  const out = send(
    {
      agent,
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, host: upstream.host },
    },
    (reply) => {
      outgoing.writeHead(reply.statusCode, reply.headers);
      reply.pipe(outgoing);
    },
  );
  out.on('error', () => outgoing.destroy());
  outgoing.on('close', () => out.destroy());
  incoming.pipe(out);
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
