import type { Policy } from '@capstan/policy';

/** The policy of an agent that was given none: every effect is asked about. */
export const askAlways: Policy = {
  name: 'ask-always',
  roots: [],
  rules: [],
  otherwise: { read: 'ask', write: 'ask', run: 'ask', network: 'ask', unknown: 'ask' },
};
