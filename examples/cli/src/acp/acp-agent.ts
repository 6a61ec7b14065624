import {
  agent,
  methods,
  PROTOCOL_VERSION,
  RequestError,
  type AgentApp,
  type AgentContext,
  type ClientCapabilities,
} from '@agentclientprotocol/sdk';
import { isCapstanError, newId, type RunStore } from '@capstan/sdk/contract';
import { sessionFacts } from '../run/session-facts.ts';
import type { AcpSession } from './acp-session.ts';
import { promptInput } from './prompt-input.ts';

/** Opens what the protocol speaks of; the command line fills it in. */
export interface AcpHost {
  readonly version: string;
  readonly open: (order: OpenSession) => Promise<AcpSession>;
  /** Looks into the sessions of a folder. */
  readonly withStore: <T>(cwd: string, look: (store: RunStore) => Promise<T>) => Promise<T>;
}

export interface OpenSession {
  readonly sessionId: string;
  /** The folder the editor has open. */
  readonly cwd: string;
  readonly client: AgentContext;
  /** The editor runs commands in terminals of its own. */
  readonly terminals: boolean;
}

/** The agent's side of the Agent Client Protocol (https://agentclientprotocol.com, version 1). */
export interface Acp {
  readonly app: AgentApp;
  /** Stops what is under way and gives back what was opened, after the editor has gone. */
  readonly close: () => Promise<void>;
}

/** Makes the agent's side of a connection with an editor. */
export function acpAgent(host: AcpHost): Acp {
  const sessions = new Map<string, AcpSession>();
  const peer: { can: ClientCapabilities } = { can: {} };
  const open = async (order: Omit<OpenSession, 'terminals'>): Promise<AcpSession> => {
    await sessions.get(order.sessionId)?.close();
    const session = await host.open({ ...order, terminals: peer.can.terminal === true });
    sessions.set(session.id, session);
    return session;
  };
  const named = (sessionId: string): AcpSession => {
    const session = sessions.get(sessionId);
    if (!session) throw RequestError.resourceNotFound(sessionId);
    return session;
  };
  const app = agent({ name: 'capstan' })
    .onRequest(methods.agent.initialize, ({ params }) => {
      peer.can = params.clientCapabilities ?? {};
      return {
        protocolVersion: PROTOCOL_VERSION,
        agentInfo: { name: 'capstan', title: 'Capstan', version: host.version },
        agentCapabilities: {
          loadSession: true,
          promptCapabilities: { image: true, embeddedContext: true },
          sessionCapabilities: { list: {}, delete: {}, resume: {}, close: {} },
        },
        authMethods: [],
      };
    })
    .onRequest(methods.agent.session.new, ({ params, client }) =>
      told(async () => {
        const session = await open({ sessionId: newId(), cwd: params.cwd, client });
        session.announce();
        return { sessionId: session.id, modes: session.modes };
      }),
    )
    .onRequest(methods.agent.session.load, ({ params, client }) =>
      told(async () => {
        const session = await open({ sessionId: params.sessionId, cwd: params.cwd, client });
        await session.replay();
        session.announce();
        return { modes: session.modes };
      }),
    )
    .onRequest(methods.agent.session.resume, ({ params, client }) =>
      told(async () => {
        const session = await open({ sessionId: params.sessionId, cwd: params.cwd, client });
        return { modes: session.modes };
      }),
    )
    .onRequest(methods.agent.session.list, ({ params }) => told(() => listed(host, params.cwd ?? process.cwd())))
    .onRequest(methods.agent.session.delete, ({ params }) =>
      told(async () => {
        const session = sessions.get(params.sessionId);
        await session?.close();
        sessions.delete(params.sessionId);
        await host.withStore(process.cwd(), (store) => store.delete(params.sessionId));
        return {};
      }),
    )
    .onRequest(methods.agent.session.close, ({ params }) =>
      told(async () => {
        await sessions.get(params.sessionId)?.close();
        sessions.delete(params.sessionId);
        return {};
      }),
    )
    .onRequest(methods.agent.session.setMode, ({ params }) =>
      told(async () => {
        named(params.sessionId).setMode(params.modeId);
        return {};
      }),
    )
    .onRequest(methods.agent.session.prompt, ({ params }) =>
      told(() => named(params.sessionId).prompt(promptInput(params.prompt))),
    )
    .onNotification(methods.agent.session.cancel, ({ params }) => sessions.get(params.sessionId)?.cancel());
  return { app, close: async () => void (await Promise.all([...sessions.values()].map((each) => each.close()))) };
}

async function listed(host: AcpHost, cwd: string) {
  return host.withStore(cwd, async (store) => {
    const kept = await store.list({ limit: 100 });
    const sessions = await Promise.all(
      kept.map(async ({ sessionId, updatedAt }) => ({
        sessionId,
        cwd,
        title: sessionFacts(await store.read(sessionId)).title.slice(0, 200),
        updatedAt: new Date(updatedAt).toISOString(),
      })),
    );
    return { sessions };
  });
}

/** What a user can mend reaches the editor in words; anything else is a fault of ours. */
async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (!isCapstanError(cause)) throw cause;
    if (cause.code === 'auth_missing' || cause.code === 'auth_refused')
      throw RequestError.authRequired({ code: cause.code }, cause.message);
    const code = cause.code === 'invalid_config' ? -32_602 : -32_000;
    throw new RequestError(code, cause.message, { code: cause.code });
  }
}
