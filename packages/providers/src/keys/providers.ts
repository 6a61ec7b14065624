import { readFile, stat } from 'node:fs/promises';
import { CapstanError, type Model, type ModelEvent, type ModelInfo } from '@capstan/sdk/contract';
import { listModels } from '../route/list-models.ts';
import { lazyModel } from '../route/lazy-model.ts';
import { model as knownModel, type ModelOptions } from '../route/model.ts';
import { vendors } from '../route/vendors.ts';
import type { Connection, Environment } from '../wire/connection.ts';
import type { ListedModel } from '../wire/listed-model.ts';
import { maskKey } from '../wire/mask.ts';
import type { KeyStore } from './key-store.ts';
import { parseProviderConfigs, type ProviderConfig, type ProviderConfigs } from './provider-config.ts';

export interface ProvidersOptions {
  /** The user's own file with a member `providers`; never one of the repository, which must not choose addresses. */
  readonly configFile?: string;
  readonly keys?: KeyStore;
  /** Default `process.env`. */
  readonly env?: Environment;
}

/** The models that a user has configured, by environment, file and key store; each change counts from the next request. */
export interface Providers {
  /** Gives a model by id, `vendor/name`, also of a provider that only the file knows. */
  model(id: string, options?: ModelOptions): Model;
  /** Lists a provider's models live. */
  listModels(provider: string): Promise<readonly ListedModel[]>;
  /** Lists the providers that can be used, and where their keys are from. */
  configured(): Promise<readonly ConfiguredProvider[]>;
}

export interface ConfiguredProvider {
  readonly name: string;
  readonly from: 'environment' | 'keys' | 'file';
  /** The key as `sk-…abcd`; absent where there is none. */
  readonly shown?: string;
}

/**
 * Opens what a user has configured. A key is looked for in the options, the environment, then the store.
 *
 * @throws {CapstanError} `invalid_config` for a file that is wrong, now or when it has changed.
 */
export async function openProviders({
  configFile,
  keys,
  env = process.env,
}: ProvidersOptions = {}): Promise<Providers> {
  const file = await watched(configFile);

  function connection(name: string, config: ProviderConfig | undefined): Connection {
    return {
      env,
      apiKey: async () =>
        keyVariables(name, config)
          .map((variable) => env[variable])
          .find(Boolean) ?? keys?.get(name),
      ...(config?.baseURL ? { baseURL: config.baseURL } : {}),
      ...(config?.headers ? { headers: config.headers } : {}),
      ...(config?.timeouts ? { timeouts: config.timeouts } : {}),
    };
  }

  function make(id: string, options: ModelOptions): Model {
    const provider = id.slice(0, Math.max(id.indexOf('/'), 0));
    const name = id.slice(provider.length + 1);
    const config = ownEntry(file.configs(), provider);
    const info = options.info ?? ownEntry(config?.models ?? {}, name);
    const known = Object.hasOwn(vendors, provider);
    const quirks = config?.quirks ? { quirks: config.quirks } : {};
    const all = { ...connection(provider, config), ...quirks, ...options, ...(info ? { info } : {}) };
    return known || !config ? knownModel(id, all) : hostModel({ id, provider, name, config, options: all });
  }

  return {
    model(id, options = {}) {
      let inner = make(id, options);
      let made = file.configs();
      const fresh = async (): Promise<Model> => {
        await file.refresh();
        if (made !== file.configs()) {
          made = file.configs();
          inner = make(id, options);
        }
        return inner;
      };
      return {
        id,
        get info(): ModelInfo {
          return inner.info;
        },
        ...(inner.countTokens ? { countTokens: inner.countTokens } : {}),
        stream: (request, streamOptions) => afterwards(fresh, (model) => model.stream(request, streamOptions)),
      };
    },
    async listModels(provider) {
      await file.refresh();
      const config = ownEntry(file.configs(), provider);
      if (Object.hasOwn(vendors, provider) || !config) return listModels(provider, connection(provider, config));
      const host = hostOf(provider, config);
      return (await import('../openai/list-models.ts')).listModels({ ...connection(provider, config), host });
    },
    async configured() {
      await file.refresh();
      const stored = new Map((await keys?.list())?.map(({ vendor, shown }) => [vendor, shown]));
      const names = new Set([...Object.keys(vendors), ...Object.keys(file.configs()), ...stored.keys()]);
      return [...names].flatMap((name): ConfiguredProvider[] => {
        const config = ownEntry(file.configs(), name);
        const key = keyVariables(name, config)
          .map((variable) => env[variable])
          .find(Boolean);
        if (key) return [{ name, from: 'environment', shown: maskKey(key) }];
        const shown = stored.get(name);
        if (shown) return [{ name, from: 'keys', shown }];
        return config?.baseURL ? [{ name, from: 'file' }] : [];
      });
    },
  };
}

interface HostModel {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly config: ProviderConfig;
  readonly options: ModelOptions;
}

/** A model of a provider that only the user's file knows. */
function hostModel({ id, provider, name, config, options }: HostModel): Model {
  const { api = 'chat', quirks = {}, baseURL } = config;
  if (!baseURL && !options.baseURL) {
    throw new CapstanError(
      'invalid_config',
      `Provider "${provider}" has no baseURL. Set providers.${provider}.baseURL.`,
      { where: 'baseURL' },
    );
  }
  const load = async (): Promise<Model> =>
    (await import('../openai/openai.ts')).openai({
      ...options,
      model: name,
      api,
      quirks,
      host: hostOf(provider, config),
    });
  return lazyModel({ id, info: options.info ?? {}, load });
}

function hostOf(
  name: string,
  { keyVariable }: ProviderConfig,
): { readonly name: string; readonly keyVariable?: string } {
  return { name, ...(keyVariable ? { keyVariable } : {}) };
}

function keyVariables(name: string, config: ProviderConfig | undefined): readonly string[] {
  if (Object.hasOwn(vendors, name)) return vendors[name]?.variables ?? [];
  return [config?.keyVariable ?? `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY`];
}

function ownEntry<T>(entries: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

interface WatchedFile {
  configs(): ProviderConfigs;
  /** Reads the file again if it has changed. A look at its time and size costs less than a watcher and misses nothing. */
  refresh(): Promise<void>;
}

async function watched(path: string | undefined): Promise<WatchedFile> {
  let configs: ProviderConfigs = {};
  let stamp: string | undefined;
  const refresh = async (): Promise<void> => {
    if (path === undefined) return;
    const now = await stampOf(path);
    if (now === stamp) return;
    configs = now === undefined ? {} : parseProviderConfigs(await readFile(path, 'utf8'), path);
    stamp = now;
  };
  await refresh();
  return { configs: () => configs, refresh };
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeNs, size, ino } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function afterwards(
  ready: () => Promise<Model>,
  open: (model: Model) => AsyncIterable<ModelEvent>,
): AsyncIterable<ModelEvent> {
  return {
    [Symbol.asyncIterator]() {
      let inner: AsyncIterator<ModelEvent> | undefined;
      const begin = async (): Promise<AsyncIterator<ModelEvent>> =>
        (inner ??= open(await ready())[Symbol.asyncIterator]());
      return {
        next: () => (inner ? inner.next() : begin().then((events) => events.next())),
        return: async () => (await inner?.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}
