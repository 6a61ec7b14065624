import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJson } from './parse-json.ts';
import { readBody } from './read-body.ts';
import { requestToken } from './request-token.ts';
import type { RequestContext } from './route.ts';

export interface ExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  readonly ip: string;
  readonly maxBodyBytes: number;
  readonly maxJsonDepth: number;
}

/** One request and its response, from the head to the last byte. */
export class Exchange implements RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  readonly ip: string;
  readonly startedAt = performance.now();
  params: Readonly<Record<string, string>> = {};
  /** Pattern of the route, for records. */
  route = 'unmatched';
  maxBodyBytes: number;
  readonly #maxJsonDepth: number;
  #query: URLSearchParams | undefined;
  #token: string | null | undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #body: Promise<Buffer> | undefined;

  constructor(options: ExchangeOptions) {
    this.request = options.request;
    this.response = options.response;
    this.requestId = options.requestId;
    this.path = options.path;
    this.ip = options.ip;
    this.maxBodyBytes = options.maxBodyBytes;
    this.#maxJsonDepth = options.maxJsonDepth;
  }

  get query(): URLSearchParams {
    const url = this.request.url ?? '';
    const mark = url.indexOf('?');
    return (this.#query ??= new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)));
  }

  get token(): string | undefined {
    if (this.#token === undefined) this.#token = requestToken(this.request, () => this.query) ?? null;
    return this.#token ?? undefined;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  body(): Promise<Buffer> {
    return (this.#body ??= readBody(this.request, this.maxBodyBytes));
  }

  async json(): Promise<unknown> {
    const bytes = await this.body();
    return bytes.length === 0 ? undefined : parseJson(bytes, this.#maxJsonDepth);
  }

  /** Tells all that work for this request to stop. */
  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
