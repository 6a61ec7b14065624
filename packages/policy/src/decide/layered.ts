import type { Policy, Verdict } from './policy.ts';

/** Policies of one machine. The user's decides; the others can only make it stricter. */
export interface Layers {
  readonly organisation?: Policy;
  readonly user: Policy;
  readonly project?: Policy;
}

const open: Readonly<Record<keyof Policy['otherwise'], Verdict>> = {
  read: 'allow',
  write: 'allow',
  run: 'allow',
  network: 'allow',
  unknown: 'allow',
};

/**
 * Puts policies over one another: organisation over user over project, and the strictest decision wins.
 *
 * An allow rule of an organisation or a project therefore never loosens what the user's policy says, and an allow rule
 * of the user never loosens what the organisation says.
 */
export function layered({ organisation, user, project }: Layers): Policy {
  const also = [...(user.also ?? []), ...(organisation ? [organisation] : []), ...(project ? [project] : [])];
  return also.length > 0 ? { ...user, also } : user;
}

/** A policy of rules alone: silent, so without a say, where none of its rules matches. */
export function rulesOnly(name: string, { roots, rules }: Pick<Policy, 'roots' | 'rules'>): Policy {
  return { name, roots, rules, otherwise: open };
}
