import {
  anthropicServer,
  googleServer,
  type LoopbackServer,
  openaiServer,
  type ScriptedReply,
  type SeenRequest,
} from '@capstan/providers/testing';
import { startRelay, type TestRelay } from './start-relay.ts';

/** What a vendor answers: replies in order, or by the request. */
export type Script = readonly ScriptedReply[] | ((request: SeenRequest) => ScriptedReply);

/** A vendor on this machine, and how the relay reaches it. */
export interface Upstream {
  readonly serve: (script: Script) => Promise<LoopbackServer>;
  readonly kind: string;
  readonly path: string;
  readonly model: string;
  /** Wires that it speaks, where its kind speaks others too. */
  readonly speaks?: readonly string[];
  /** Opaque state of the first reply that the vendor wants to see again; absent where it gives none. */
  readonly state?: string;
}

/** One vendor for each wire. */
export const upstreams: { readonly [name: string]: Upstream } = {
  chat: { serve: openaiServer, kind: 'compatible', path: '/v1', model: 'loopback-1' },
  responses: {
    serve: openaiServer,
    kind: 'openai',
    path: '/v1',
    model: 'gpt-5',
    speaks: ['openai-responses'],
    state: 'Z0FBQUFBQmxvb3BiYWNr',
  },
  anthropic: {
    serve: anthropicServer,
    kind: 'anthropic',
    path: '',
    model: 'claude-sonnet-4-5',
    state: 'c2lnbmVkIGJ5IGxvb3BiYWNr',
  },
  // Of this generation on, Gemini refuses a call without its signature.
  google: { serve: googleServer, kind: 'google', path: '', model: 'gemini-3-flash', state: 'c2lnbmVkIGJ5IGxvb3BiYWNr' },
};

/** Starts a vendor and a relay before it, with one model by the name `any`. */
export async function openBoth(
  { serve, kind, path, model, speaks }: Upstream,
  script: Script,
): Promise<{ readonly server: LoopbackServer; readonly relay: TestRelay } & AsyncDisposable> {
  const server = await serve(script);
  const relay = await startRelay({
    upstreams: {
      main: {
        kind,
        baseURL: `${server.url}${path}`,
        keys: [{ env: 'KEY' }],
        retries: 0,
        ...(speaks ? { speaks } : {}),
      },
    },
    routes: [{ model: 'any', to: [`main/${model}`] }],
    env: { KEY: 'sk-upstream-0123456789abcdef' },
  });
  const close = async (): Promise<void> => {
    await relay[Symbol.asyncDispose]();
    await server.close();
  };
  return { server, relay, [Symbol.asyncDispose]: close };
}
