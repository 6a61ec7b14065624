import { model as vendorModel } from '@capstan/providers';
import { anthropic } from '@capstan/providers/anthropic';
import { google } from '@capstan/providers/google';
import { ollama } from '@capstan/providers/ollama';
import { openai } from '@capstan/providers/openai';
import { practice } from '@capstan/providers/practice';
import type { Model, ModelInfo } from '@capstan/sdk/contract';
import { kindOf } from '../config/kinds.ts';
import type { UpstreamSettings } from '../config/schema.ts';

export interface MadeFor {
  readonly upstream: string;
  readonly settings: UpstreamSettings;
  /** The model's name at the upstream. */
  readonly model: string;
  readonly key: string | undefined;
  /** Address before the path, without a slash at the end. */
  readonly baseURL: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly info: ModelInfo;
}

/** Makes the model that a translated call goes to. Nothing of the environment counts: key and address are ours to say. */
export function makeModel({ upstream, settings, model, key, baseURL, headers, info }: MadeFor): Model {
  const { connectMs, firstByteMs, idleMs } = settings.timeouts;
  const connection = {
    apiKey: key ?? 'none',
    baseURL,
    headers,
    info,
    timeouts: { connectMs, firstByteMs, idleMs },
    env: {},
  };
  const wires = settings.speaks ?? kindOf(settings.kind).speaks;
  if (settings.kind === 'practice') return practice();
  if (settings.kind === 'ollama') return ollama({ ...connection, model, baseURL: baseURL.replace(/\/v1$/, '') });
  if (wires.includes('anthropic')) return anthropic({ ...connection, model });
  if (wires.includes('google')) return google({ ...connection, model });
  const known = settings.kind === 'openai' && settings.baseURL === undefined;
  // Hosts of several vendors have their own quirks, which the vendor's name brings.
  if (settings.kind !== 'openai' && settings.kind !== 'compatible')
    return vendorModel(`${settings.kind}/${model}`, connection);
  return openai({
    ...connection,
    model,
    api: known || (wires.includes('openai-responses') && !wires.includes('openai-chat')) ? 'responses' : 'chat',
    ...(settings.kind === 'openai' ? {} : { host: { name: upstream } }),
  });
}
