import { CapstanError } from '../contract/errors.ts';
import type { AgentParts } from './prepare-run.ts';

/** What an agent is made of, for what runs it as a child. */
export interface AgentInside {
  readonly parts: AgentParts;
  /** Which parts the agent was given itself. */
  readonly own: { readonly policy: boolean; readonly store: boolean };
}

const insides = new WeakMap<object, AgentInside>();

/** Remembers what an agent is made of, out of sight of its users. */
export function keepInside<A extends object>(agent: A, inside: AgentInside): A {
  insides.set(agent, inside);
  return agent;
}

/** What an agent is made of. @throws {CapstanError} `invalid_config` for one that `createAgent` did not make. */
export function insideOf(agent: object): AgentInside {
  const inside = insides.get(agent);
  if (inside) return inside;
  throw new CapstanError(
    'invalid_config',
    'This is no agent of createAgent, so it cannot run as a child of another run.',
  );
}
