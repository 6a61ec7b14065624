import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import { type ClientAddress, clientAddress } from './client-address.ts';
import { Exchange } from './exchange.ts';
import { createGuard, type Guard, preflightHeaders } from './guard.ts';
import type { Observer } from './observer.ts';
import type { Route } from './route.ts';
import { createRouter, type Router } from './router.ts';
import { baseHeaders, sendJson } from './send.ts';
import { statusOf } from './status-of.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly routes: readonly Route[];
  readonly observers: readonly Observer[];
  /** Origins of web pages that may call. Default: none but the server's own. */
  readonly origins?: readonly string[];
  /** Names that requests may call the server by. Default: any. */
  readonly hosts?: readonly string[];
  /** Proxies whose `x-forwarded-for` counts. */
  readonly trustedProxies?: readonly string[];
  /** Default 32 MiB: room for some images. */
  readonly maxBodyBytes?: number;
  /** Default 128. */
  readonly maxJsonDepth?: number;
  /** Until the head of a request is there, in milliseconds. Default 15,000. */
  readonly headersMs?: number;
  /** Until all of a request is there. Default 120,000. */
  readonly requestMs?: number;
  /** How long an idle connection is kept. Default 75,000, longer than most load balancers keep theirs. */
  readonly keepAliveMs?: number;
}

/** A listening server. */
export interface HttpServer {
  /** For example `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Requests that are not yet over. */
  active(): number;
  draining(): boolean;
  /**
   * Shuts down: takes no further connections, lets requests finish for up to `deadlineMs`, then stops them. Before that,
   * for `noticeMs`, still serves while `draining()` already tells load balancers to go elsewhere.
   */
  drain(options: { readonly deadlineMs: number; readonly noticeMs?: number }): Promise<void>;
}

/** Starts the server. @throws {CapstanError} `invalid_config` when the address cannot be listened on. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const serving = new Serving(options);
  const server = createServer(
    {
      headersTimeout: options.headersMs ?? 15_000,
      requestTimeout: options.requestMs ?? 120_000,
      connectionsCheckingInterval: 2_000,
      keepAliveTimeout: options.keepAliveMs ?? 75_000,
      maxHeaderSize: 32_768,
    },
    (request, response) => serving.accept(request, response),
  );
  server.on('clientError', refuseBroken);
  await listen(server, options);
  return {
    url: urlOf(server, options.host),
    active: () => serving.exchanges.size,
    draining: () => serving.draining,
    drain: (limits) => serving.drain(server, limits),
  };
}

/** The requests under way. */
class Serving {
  readonly exchanges = new Set<Exchange>();
  draining = false;
  readonly #options: HttpOptions;
  readonly #router: Router;
  readonly #guard: Guard;
  readonly #address: ClientAddress;
  readonly #maxBodyBytes: number;
  readonly #maxJsonDepth: number;
  #letGo: (() => void) | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#router = createRouter(options.routes);
    this.#guard = createGuard({ origins: options.origins ?? [], ...(options.hosts ? { hosts: options.hosts } : {}) });
    this.#address = clientAddress(options.trustedProxies ?? []);
    this.#maxBodyBytes = options.maxBodyBytes ?? 33_554_432;
    this.#maxJsonDepth = options.maxJsonDepth ?? 128;
  }

  accept(request: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange({
      request,
      response,
      requestId: `req_${randomUUID().replaceAll('-', '')}`,
      path: pathOf(request.url ?? '/'),
      ip: this.#address(request),
      maxBodyBytes: this.#maxBodyBytes,
      maxJsonDepth: this.#maxJsonDepth,
    });
    this.exchanges.add(exchange);
    response.on('close', () => this.#over(exchange));
    if (this.draining) response.setHeader('connection', 'close');
    this.#serve(exchange);
  }

  async drain(server: Server, { deadlineMs, noticeMs = 0 }: { deadlineMs: number; noticeMs?: number }): Promise<void> {
    this.draining = true;
    if (noticeMs > 0) await new Promise((resolve) => setTimeout(resolve, noticeMs));
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // A client that keeps its connection would hold the end up after its last call.
    this.#letGo = () => setImmediate(() => server.closeIdleConnections());
    server.closeIdleConnections();
    const timer = setTimeout(() => {
      const reason = new CapstanError('aborted', 'The relay is shutting down. Try again.', { retryable: true });
      for (const exchange of this.exchanges) exchange.abort(reason);
      // What stopped work writes as its last words goes out before the connections close.
      setTimeout(() => server.closeAllConnections(), 250);
    }, deadlineMs);
    await closed;
    clearTimeout(timer);
  }

  #serve(exchange: Exchange): void {
    let route: Route | undefined;
    try {
      route = this.#routeOf(exchange);
      if (route && !route.sendsBaseHeaders) setBaseHeaders(exchange);
      const working = route?.handle(exchange);
      if (working) void working.then(undefined, (error: unknown) => this.#fail(error, exchange, route));
    } catch (error) {
      this.#fail(error, exchange, route);
    }
  }

  /** Finds the route; answers itself where there is none to run. */
  #routeOf(exchange: Exchange): Route | undefined {
    const { request, response } = exchange;
    const cors = this.#guard.check(request);
    for (const name in cors) response.setHeader(name, cors[name] ?? '');
    const method = request.method ?? 'GET';
    if (method === 'OPTIONS') {
      setBaseHeaders(exchange);
      return void answerOptions(exchange);
    }
    const found = this.#router.find(method === 'HEAD' ? 'GET' : method, exchange.path);
    if (found.kind === 'route') {
      exchange.params = found.params;
      exchange.route = found.route.path;
      exchange.maxBodyBytes = found.route.maxBodyBytes ?? this.#maxBodyBytes;
      return found.route;
    }
    if (found.kind === 'method') {
      response.setHeader('allow', found.allowed.join(', '));
      throw new CapstanError('invalid_config', `This path takes ${found.allowed.join(', ')}, not ${method}.`, {
        status: 405,
      });
    }
    throw new CapstanError('not_found', 'There is nothing at this path. See /openapi.json for what there is.', {
      status: 404,
    });
  }

  #fail(error: unknown, exchange: Exchange, route: Route | undefined): void {
    const { response, requestId } = exchange;
    if (!isCapstanError(error)) for (const { fault } of this.#options.observers) fault?.(error, requestId);
    if (response.headersSent) return void response.destroy();
    // A request that was refused before it was read is not worth reading.
    if (!exchange.request.complete) response.setHeader('connection', 'close');
    if (route?.fail) return route.fail(error, exchange);
    setBaseHeaders(exchange);
    sendError(error, exchange);
  }

  #over(exchange: Exchange): void {
    this.exchanges.delete(exchange);
    this.#letGo?.();
    const { request, response } = exchange;
    const hungUp = !response.writableFinished;
    if (hungUp) exchange.abort(new CapstanError('aborted', 'The client hung up.'));
    const { observers } = this.#options;
    if (!observers.some((one) => one.request)) return;
    const trace = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(String(request.headers['traceparent'] ?? ''));
    const record = {
      requestId: exchange.requestId,
      method: request.method ?? '',
      route: exchange.route,
      status: response.headersSent ? response.statusCode : 499,
      ms: performance.now() - exchange.startedAt,
      ip: exchange.ip,
      hungUp,
      ...(trace?.[1] && trace[2] ? { traceId: trace[1], parentSpanId: trace[2] } : {}),
    };
    for (const observer of observers) observer.request?.(record);
  }
}

function setBaseHeaders({ response, requestId }: Exchange): void {
  const headers = baseHeaders(requestId);
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
}

/** Answers an error in a shape that every client can show, for routes of no vendor. */
export function sendError(error: unknown, { response, requestId }: Pick<Exchange, 'response' | 'requestId'>): void {
  const known = isCapstanError(error);
  const code = known ? error.code : 'internal';
  const message = known ? error.message : `The relay met a fault of its own. Tell its operator the id ${requestId}.`;
  sendJson(response, statusOf(error), { error: { code, message, type: code }, request_id: requestId });
}

function answerOptions({ request, response }: Exchange): void {
  const asked = request.headers['access-control-request-headers'];
  const cors = response.hasHeader('access-control-allow-origin');
  const headers = cors && asked ? { 'access-control-allow-headers': String(asked).slice(0, 2000) } : {};
  response.writeHead(204, cors ? { ...preflightHeaders, ...headers } : {});
  response.end();
}

function pathOf(url: string): string {
  if (!url.startsWith('/')) return URL.canParse(url) ? new URL(url).pathname : '/';
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** What is no HTTP gets an answer where one can still be read. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function listen(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message);
      const text = `The relay cannot listen on ${host}:${port}: ${taken}. Choose another port with --port.`;
      reject(new CapstanError('invalid_config', text, { where: 'server.port' }, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
