import { CapstanError, type Model } from '@capstan/sdk/contract';
import type { KeyStore } from '@capstan/providers/keys';
import { askRelay, refusal } from './ask-relay.ts';
import { deviceToken } from './device-token.ts';

/** The name that stands for the model the relay has for whoever names none. */
export const anyModel = 'auto';

export interface RelayModelOptions {
  readonly address: string;
  /** As the relay lists it; `auto` takes the first that suits. */
  readonly name: string;
  readonly keys: KeyStore;
  /** Names that are taken before others, the best first. */
  readonly preferred: readonly string[];
  /** Unix milliseconds. */
  readonly now: number;
}

/** Makes a model that a relay answers, `relay/<name>`, with the token of this machine. */
export async function relayModel({ address, name, keys, preferred, now }: RelayModelOptions): Promise<Model> {
  const token = await deviceToken(address, { keys, now });
  const chosen = name === anyModel ? choose(await listed(address, token), preferred) : name;
  const [{ openai }, { modelInfo }] = await Promise.all([
    import('@capstan/providers/openai'),
    import('@capstan/providers'),
  ]);
  return openai({
    model: chosen,
    api: 'chat',
    host: { name: 'relay', address: `${address}/v1` },
    baseURL: `${address}/v1`,
    apiKey: token,
    info: modelInfo(chosen),
    // Nothing of the environment is for a relay: no account, no other address.
    env: {},
  });
}

async function listed(address: string, token: string): Promise<readonly string[]> {
  const answer = await askRelay(address, { method: 'GET', path: '/v1/models', token });
  if (answer.status !== 200) {
    const text = `The relay at ${address} lists no models: ${refusal(answer)}. Give --model relay/NAME.`;
    throw new CapstanError('model_failed', text, { where: address });
  }
  const { data } = answer.json as { data?: unknown };
  const ids = Array.isArray(data) ? data.map((each: { id?: unknown }) => each?.id) : [];
  return ids.filter((id): id is string => typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id));
}

/** A relay that lists none may still have one for any name. */
function choose(names: readonly string[], preferred: readonly string[]): string {
  const wanted = preferred.flatMap((id) => [id, id.slice(id.indexOf('/') + 1)]);
  return wanted.find((id) => names.includes(id)) ?? names.find((id) => !id.includes('embed')) ?? names[0] ?? anyModel;
}
