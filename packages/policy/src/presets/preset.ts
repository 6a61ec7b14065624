import type { Policy, Rule } from '../decide/policy.ts';
import { credentialFiles, machineFacts, protectedFiles, secretFiles, systemFiles } from './protected.ts';

/** Where a preset applies: one folder or several. Absolute, links followed. */
export type PresetOptions = ({ readonly root: string } | { readonly roots: readonly string[] }) & {
  /** The user's home folder, for `~` in commands. Absent: a stand-in that lies outside of every root. */
  readonly home?: string;
  /** Hosts that may be reached without asking, such as `api.example.com` or `localhost:11434`. */
  readonly hosts?: readonly string[];
  /** What requests of `guardedFetch` to public hosts are. Default `ask`. */
  readonly web?: 'ask' | 'allow';
};

/** Gives the folders of preset options. */
export function rootsOf(options: PresetOptions): readonly string[] {
  return 'roots' in options ? options.roots : [options.root];
}

/** Asked about in every mode. */
const foreignText: Rule = {
  id: 'foreign-text',
  match: { effect: 'write', copied: 'unlicensed' },
  verdict: 'ask',
  reason: 'A long piece of it is copied from outside, under no licence that is allowed. Write it in your own words.',
};

/** Denied in every mode. */
export const always: readonly Rule[] = [
  {
    id: 'catastrophic',
    match: { effect: 'run', commands: ['@catastrophic'] },
    verdict: 'deny',
    reason: 'No mode allows what could destroy the system, the home folder or the history.',
  },
  {
    id: 'credentials-read',
    match: { effect: 'read', paths: credentialFiles },
    verdict: 'deny',
    reason: 'The file holds credentials; no mode reads it.',
  },
  {
    id: 'credentials-write',
    match: { effect: 'write', paths: credentialFiles },
    verdict: 'deny',
    reason: 'The file holds credentials; no mode changes it.',
  },
  {
    id: 'system-write',
    match: { effect: 'write', paths: systemFiles },
    verdict: 'deny',
    reason: 'No mode writes to disks, memory or the files a machine starts and guards itself with.',
  },
];

const internal: Rule = {
  id: 'metadata-service',
  match: { effect: 'network', hosts: ['@metadata'] },
  verdict: 'deny',
  reason: 'The metadata service of a cloud machine gives out its credentials; no mode reaches it.',
};

function reaching({ hosts = [], web = 'ask' }: PresetOptions): readonly Rule[] {
  const rules: Rule[] = [];
  if (hosts.length > 0)
    rules.push({
      id: 'allowed-hosts',
      match: { effect: 'network', hosts },
      verdict: 'allow',
      reason: 'The host is on the list of allowed hosts.',
    });
  if (web === 'allow')
    rules.push({
      id: 'public-web',
      match: { effect: 'network', hosts: ['@public'], guarded: true },
      verdict: 'allow',
      reason: 'Public web pages are allowed through the guard.',
    });
  return rules;
}

/** Reading inside the roots, and commands that only read. */
export const reading: readonly Rule[] = [
  {
    id: 'machine-facts',
    match: { effect: 'read', paths: machineFacts },
    verdict: 'allow',
    reason: 'The file only says what machine this is.',
  },
  {
    id: 'secret-files',
    match: { effect: 'read', paths: secretFiles },
    verdict: 'ask',
    reason: 'The file may hold secrets. Ask the user, or read an example file instead.',
  },
  {
    id: 'reads-inside',
    match: { effect: 'read', where: 'inside' },
    verdict: 'allow',
    reason: 'Reading inside the root is allowed.',
  },
  {
    id: 'own-cluster',
    match: { effect: 'network', hosts: ['cluster.kubernetes.invalid:443'], guarded: false },
    verdict: 'allow',
    reason: 'The command only looks something up in the cluster that the user has set up.',
  },
  {
    id: 'reading-commands',
    match: { effect: 'run', commands: ['@reads'] },
    verdict: 'allow',
    reason: 'The command only reads.',
  },
];

/** Writing inside the roots, but for protected files: by tools only, whose changes are patches, or by commands too. */
export const writing = (by: 'tool' | 'any'): readonly Rule[] => [
  {
    id: 'protected-files',
    match: { effect: 'write', paths: protectedFiles },
    verdict: 'ask',
    reason: 'The file is protected: it holds secrets, pins or runs code, or guards the agent.',
  },
  {
    id: 'writes-inside',
    match: { effect: 'write', where: 'inside', ...(by === 'tool' ? { by } : {}) },
    verdict: 'allow',
    reason: 'Writing inside the root is allowed.',
  },
];

/** Makes a policy of a name, rules and defaults. */
export function preset(
  name: string,
  options: PresetOptions,
  { rules, otherwise }: Pick<Policy, 'rules' | 'otherwise'>,
): Policy {
  const { home } = options;
  return {
    name,
    roots: rootsOf(options),
    ...(home === undefined ? {} : { home }),
    rules: [...always, internal, foreignText, ...reaching(options), ...rules],
    otherwise,
  };
}
