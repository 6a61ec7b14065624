import type { Model, ModelEvent, ModelInfo } from '@capstan/sdk/contract';

export interface LazyModelOptions {
  readonly id: string;
  readonly info: ModelInfo;
  readonly load: () => Promise<Model>;
  readonly countTokens?: Model['countTokens'] | undefined;
}

/** Makes a model whose code is loaded by its first request. A failed load is tried again by the next one. */
export function lazyModel({ id, info, load, countTokens }: LazyModelOptions): Model {
  let loading: Promise<Model> | undefined;
  let loaded: Model | undefined;
  const ready = (): Promise<Model> =>
    (loading ??= load().then(
      (model) => (loaded = model),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    ));
  return {
    id,
    info,
    ...(countTokens ? { countTokens } : {}),
    stream: (request, options) =>
      loaded ? loaded.stream(request, options) : later(() => ready().then((model) => model.stream(request, options))),
  };
}

function later(open: () => Promise<AsyncIterable<ModelEvent>>): AsyncIterableIterator<ModelEvent> {
  let opening: Promise<AsyncIterator<ModelEvent>> | undefined;
  let inner: AsyncIterator<ModelEvent> | undefined;
  const start = (): Promise<AsyncIterator<ModelEvent>> =>
    (opening ??= open().then((events) => (inner = events[Symbol.asyncIterator]())));
  return {
    next: () => (inner ? inner.next() : start().then((events) => events.next())),
    return: async () => (await inner?.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
