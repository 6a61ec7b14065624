import { hash } from 'node:crypto';
import { CapstanError, costMicros, isCapstanError, type Model, type Usage } from '@capstan/sdk/contract';
import { maskSecrets } from '@capstan/providers/keys';
import type { Failure, Inbound, ReplyContext } from '../dialect/dialect.ts';
import { sealMark } from '../dialect/seal.ts';
import type { Admission, Caller, Estimate, Refusal } from '../gate/gate.ts';
import type { RequestContext } from '../http/route.ts';
import { baseHeaders, sendText } from '../http/send.ts';
import type { Place } from '../upstream/upstreams.ts';
import type { Begun, BegunStream, Ended, WholeReply } from './begun.ts';
import { ClientStream } from './client-stream.ts';
import { editBody, refuseTwice } from './edit-body.ts';
import type { Endpoint, Facts } from './endpoint.ts';
import { choicesOf, estimateOf, guessedUsage, outputLimitOf } from './estimate.ts';
import { failureOf, upstreamFailure } from './failure-of.ts';
import { forwardHeaders } from './forward-headers.ts';
import { withLeastOutput } from './least-output.ts';
import { passThrough } from './pass-through.ts';
import { refuseInnerUrls } from './refuse-inner-urls.ts';
import type { RelayParts } from './relay-parts.ts';
import { translate } from './translate.ts';
import { type Tried, tryPlaces } from './try-places.ts';
import { refusalIn } from './vendor-refusal.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One call of a model, from the client's request to the settlement. */
export class Call {
  readonly #parts: RelayParts;
  readonly #endpoint: Endpoint;
  readonly #context: RequestContext;
  readonly #facts: Facts;
  #caller: Caller | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #body: Fields = {};
  #asked = '';
  #stream = false;
  #places: readonly Place[] = [];
  #inbound: Inbound | undefined;
  #place: Place | undefined;
  #translated = false;
  #retries = 0;
  #firstByteMs: number | undefined;

  constructor(parts: RelayParts, endpoint: Endpoint, context: RequestContext) {
    this.#parts = parts;
    this.#endpoint = endpoint;
    this.#context = context;
    this.#facts = endpoint.facts(context);
  }

  /** Answers the request. Rejects with what is wrong with the request, before anything was reserved. */
  async answer(): Promise<void> {
    const { gate } = this.#parts;
    this.#caller = await gate.identify(this.#context.token, this.#context.ip);
    await this.#read();
    const admitted = await gate.admit(this.#caller, this.#estimate());
    if ('refused' in admitted) return this.#refuse(admitted);
    await this.#run(admitted);
  }

  async #read(): Promise<void> {
    const body = await this.#context.json();
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new CapstanError('invalid_config', 'The body must be a JSON object.', { status: 400 });
    this.#bytes = await this.#context.body();
    this.#body = body as Fields;
    refuseTwice(this.#bytes, ['model', 'stream']);
    refuseInnerUrls(this.#body, this.#bytes);
    const model = this.#facts.model ?? this.#body['model'];
    if (typeof model !== 'string' || model === '' || model.length > 300 || hasControls.test(model))
      throw new CapstanError('invalid_config', 'The field "model" must name a model.', { status: 400, where: 'model' });
    this.#asked = model;
    this.#stream = this.#facts.stream ?? this.#body['stream'] === true;
    this.#places = this.#parts.upstreams.resolve(model);
  }

  #estimate(): Estimate {
    if (this.#facts.count) return { tokens: 0, costMicros: 0 };
    return {
      ...estimateOf({
        body: this.#body,
        bytes: this.#bytes.length,
        maxOutputTokens: outputLimitOf(this.#body),
        choices: choicesOf(this.#body),
        infos: this.#places.map(({ upstream, model }) => upstream.info(model)),
      }),
      fingerprint: hash('sha1', this.#bytes, 'base64'),
    };
  }

  #refuse({ refused, final, retryAfterMs, headers }: Refusal): void {
    const failure = {
      ...failureOf(refused, this.#context.requestId),
      final,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    this.#fail(failure, headers);
    this.#tell({ status: failure.status, error: refused });
  }

  async #run(admission: Admission): Promise<void> {
    let tried: Tried<Begun>;
    try {
      tried = await tryPlaces<Begun>({
        places: this.#places,
        signal: this.#context.signal,
        begin: (place, key) => this.#begin(place, key),
        failed: (error, place, key) => this.#failedTry(error, place, key),
        now: this.#parts.now,
        random: this.#parts.random,
      });
    } catch (error) {
      return this.#failed(error, admission);
    }
    this.#place = tried.place;
    this.#retries = tried.retries;
    this.#firstByteMs = performance.now() - this.#context.startedAt;
    try {
      if (tried.reply.kind === 'whole') this.#sendWhole(tried.reply, admission);
      else await this.#sendStream(tried.reply, admission);
    } finally {
      tried.release();
    }
  }

  #begin(place: Place, key: string | undefined): Promise<Begun> {
    this.#place = place;
    this.#translated = false;
    const { upstream, model } = place;
    const { wire, translates, dialect, upstreamPath } = this.#endpoint;
    if (upstream.speaks(wire) && !this.#sealed())
      return this.#pass(place, key, upstream.pathOf(wire, upstreamPath(this.#facts, model)));
    if (!translates) {
      const text = `The upstream ${upstream.name} does not have this endpoint. Use a model of one that has.`;
      throw new CapstanError('not_found', text, { status: 404, where: 'model' });
    }
    this.#translated = true;
    const inbound = (this.#inbound ??= dialect.decode(this.#body, this.#facts));
    const translator = upstream.model(model, key);
    if (this.#facts.count) return this.#count(translator, inbound);
    return translate({
      model: translator,
      dialect,
      inbound: { ...inbound, request: withLeastOutput(inbound.request, translator.id), stream: this.#stream },
      reply: this.#replyContext(inbound.wants),
      keys: upstream.secrets,
      signal: this.#context.signal,
      failText: (error, encoder) => encoder.fail(this.#failureAt(error)),
    });
  }

  /** A conversation that holds what another model was translated from is not the vendor's to read as it is. */
  #sealed(): boolean {
    return this.#endpoint.translates && this.#bytes.includes(sealMark);
  }

  async #count(model: Model, { request }: Inbound): Promise<WholeReply> {
    const tokens = model.countTokens?.(request) ?? guessedUsage(this.#body, this.#bytes.length, 0).inputTokens;
    const body = JSON.stringify(this.#endpoint.dialect.count(tokens));
    return { kind: 'whole', status: 200, contentType: 'application/json; charset=utf-8', body, usage: undefined };
  }

  #pass(place: Place, key: string | undefined, path: string): Promise<Begun> {
    const { wire, dialect } = this.#endpoint;
    const { upstream, model } = place;
    const wantsUsage = includesUsage(this.#body);
    const asks = wire === 'openai-chat' && this.#stream && !wantsUsage;
    // A list of Gemini's is one JSON document.
    const stream = this.#stream && this.#facts.list !== true;
    return passThrough({
      upstream,
      key,
      wire,
      model,
      path,
      headers: forwardHeaders(this.#context.request.headers, { wire, stream, auth: upstream.authHeaders(key) }),
      body: this.#bodyFor(model, asks),
      stream,
      stripUsage: asks,
      choices: choicesOf(this.#body),
      signal: this.#context.signal,
      failText: (error) => dialect.stream(this.#replyContext({})).fail(this.#failureAt(error)),
    });
  }

  /** The client's bytes, but for the model's name where it is another one there, and the usage that we ask for. */
  #bodyFor(model: string, asksUsage: boolean): Buffer {
    const edits: Record<string, string> = {};
    const named = this.#body['model'];
    if (typeof named === 'string' && named !== model && this.#endpoint.wire !== 'google') {
      edits['model'] = JSON.stringify(model);
    }
    if (asksUsage) {
      const given = this.#body['stream_options'];
      const options = typeof given === 'object' && given !== null ? given : {};
      edits['stream_options'] = JSON.stringify({ ...options, include_usage: true });
    }
    return Object.keys(edits).length === 0 ? this.#bytes : editBody(this.#bytes, edits);
  }

  #replyContext(wants: Inbound['wants']): ReplyContext {
    return { id: this.#context.requestId.slice(4), model: this.#asked, at: this.#parts.now(), wants };
  }

  #sendWhole(reply: WholeReply, admission: Admission): void {
    const { response } = this.#context;
    sendText(response, reply.status, reply.body as Buffer, this.#headers(reply.contentType, admission));
    this.#settle(admission, { status: reply.status, ended: { usage: reply.usage, pieces: reply.pieces } });
  }

  async #sendStream(reply: BegunStream, admission: Admission): Promise<void> {
    const { response, signal } = this.#context;
    const { ticker, server } = this.#parts;
    if (signal.aborted || response.destroyed) {
      reply.abandon(new CapstanError('aborted', 'The client hung up.'));
      return this.#settle(admission, { status: 499, ended: reply.soFar() });
    }
    const heartBeat = { text: this.#keepAlive(reply), ms: server.heartBeatMs };
    const client = new ClientStream({ response, ticker, heartBeat, stalledMs: server.stalledMs });
    client.begin(this.#headers(reply.contentType, admission));
    const totalMs = this.#place?.upstream.settings.timeouts.totalMs;
    const timer = setTimeout(() => {
      const details = { where: 'total', retryable: true };
      reply.abandon(new CapstanError('model_failed', `The reply took longer than ${totalMs} ms.`, details));
    }, totalMs);
    const ended = await reply.deliver(client);
    clearTimeout(timer);
    this.#settle(admission, { status: 200, ended });
  }

  #keepAlive({ contentType }: BegunStream): string {
    return contentType.startsWith('text/event-stream') ? ': keep-alive\n\n' : '\r\n';
  }

  #headers(contentType: string, { headers }: Admission): Record<string, string> {
    const { dialect } = this.#endpoint;
    const id = dialect.name === 'anthropic' ? { 'request-id': this.#context.requestId } : {};
    return { ...baseHeaders(this.#context.requestId), 'content-type': contentType, ...id, ...headers };
  }

  /** What the client is told of a failure, whatever the upstream put into its words. */
  #failureAt(error: unknown): Failure {
    const failure = upstreamFailure(error, this.#context.requestId);
    return { ...failure, message: maskSecrets(failure.message, this.#place?.upstream.secrets ?? []) };
  }

  #failedTry(error: CapstanError, place: Place, key: string | undefined): void {
    const { observers } = this.#parts;
    const shown = key === undefined ? undefined : place.upstream.keys.shown(key);
    const record = {
      requestId: this.#context.requestId,
      upstream: place.upstream.name,
      model: place.model,
      ...(shown === undefined ? {} : { key: shown }),
      ...(error.details.status === undefined ? {} : { status: error.details.status }),
      error: error.message,
    };
    for (const observer of observers) observer.upstream?.(record);
  }

  #failed(error: unknown, admission: Admission): void {
    const { requestId, signal } = this.#context;
    if (!isCapstanError(error)) for (const { fault } of this.#parts.observers) fault?.(error, requestId);
    const raw = refusalIn(error);
    const failure = this.#failureAt(error);
    if (raw) sendText(this.#context.response, raw.status, raw.body, this.#headers(raw.contentType, admission));
    else this.#fail(failure, admission.headers);
    const usage = isCapstanError(error) ? error.details.usage : undefined;
    // A vendor that was asked works on the prompt, and charges for it, also when its client hangs up before the first word.
    const wasAsked = signal.aborted && this.#place !== undefined;
    this.#settle(admission, {
      status: signal.aborted ? 499 : failure.status,
      ended: { usage: usage ?? (wasAsked ? undefined : noUsage), error: asError(error) },
    });
  }

  #fail(failure: Failure, headers: Readonly<Record<string, string>>): void {
    const { status, headers: own, body } = this.#endpoint.dialect.failure(failure);
    sendText(this.#context.response, status, body, { ...baseHeaders(this.#context.requestId), ...headers, ...own });
  }

  #settle(admission: Admission, { status, ended }: { readonly status: number; readonly ended: Ended }): void {
    const usage = this.#usageOf(ended);
    const price = this.#place && this.#place.upstream.info(this.#place.model).price;
    const cost = price && costMicros(usage, price);
    // Names that no vendor knows are without number, and kept in the log alone.
    const model = status === 404 ? '(unknown)' : this.#place?.model;
    const answered = this.#place ? `${this.#place.upstream.name}/${model}` : this.#asked;
    void admission.settle({
      usage,
      ...(cost === undefined ? {} : { costMicros: cost }),
      model: answered,
      status,
      ms: performance.now() - this.#context.startedAt,
      ...(this.#firstByteMs === undefined ? {} : { firstByteMs: this.#firstByteMs }),
    });
    this.#tell({ status, usage, costMicros: cost, error: ended.error });
  }

  /** What the vendor told, and of a stream that broke off before it told all, at least what came. */
  #usageOf({ usage, error, pieces = 0 }: Ended): Usage {
    if (this.#facts.count) return noUsage;
    if (!usage) return guessedUsage(this.#body, this.#bytes.length, pieces);
    return error && pieces > usage.outputTokens ? { ...usage, outputTokens: pieces, estimated: true } : usage;
  }

  #tell(outcome: Outcome): void {
    const { observers } = this.#parts;
    if (!observers.some((one) => one.call)) return;
    const { status, usage, costMicros: cost, error } = outcome;
    const caller = this.#caller;
    const record = {
      requestId: this.#context.requestId,
      deviceId: caller?.deviceId ?? '',
      ...(caller?.organisationId ? { organisationId: caller.organisationId } : {}),
      dialect: this.#endpoint.dialect.name,
      asked: this.#asked,
      ...(this.#place ? { answered: `${this.#place.upstream.name}/${this.#place.model}` } : {}),
      translated: this.#translated,
      stream: this.#stream,
      status,
      ms: performance.now() - this.#context.startedAt,
      ...(this.#firstByteMs === undefined ? {} : { firstByteMs: this.#firstByteMs }),
      retries: this.#retries,
      ...(usage ? { usage } : {}),
      ...(cost === undefined ? {} : { costMicros: cost }),
      ...(error ? { error: error.message } : {}),
      hungUp: this.#context.signal.aborted,
    };
    for (const observer of observers) observer.call?.(record);
  }
}

/** No model's name has one, and names go into headers, logs and the ledger. */
const hasControls = /[\u0000-\u001f\u007f]/;

const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

interface Outcome {
  readonly status: number;
  readonly usage?: Usage;
  readonly costMicros?: number | undefined;
  readonly error?: CapstanError | undefined;
}

function includesUsage(body: Fields): boolean {
  const options = body['stream_options'] as { readonly include_usage?: unknown } | null | undefined;
  return typeof options === 'object' && options?.include_usage === true;
}

function asError(error: unknown): CapstanError {
  return isCapstanError(error) ? error : new CapstanError('model_failed', 'The relay met a fault of its own.');
}
