import { getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ParseError } from 'jsonc-parser';
import type { Program } from '../command/program.ts';
import type { Policy, Rule } from '../decide/policy.ts';
import { checkSchema } from './check-schema.ts';
import { policySchema } from './policy-schema.ts';

/** What a policy file says. */
export interface PolicyFile {
  readonly mode?: 'read-only' | 'suggest' | 'auto-edit' | 'full-auto';
  readonly rules?: readonly Rule[];
  readonly hosts?: readonly string[];
  readonly web?: 'ask' | 'allow';
  /** Models that may be called; local ones always. */
  readonly models?: readonly string[];
  /** No network but `hosts`, and no model but local ones and `models`. */
  readonly offline?: boolean;
  /** Licences under which text from outside may be written besides the usual ones, as SPDX ids. */
  readonly licences?: readonly string[];
  readonly otherwise?: Partial<Policy['otherwise']>;
  readonly programs?: Readonly<Record<string, Program>>;
}

/** What is wrong with a policy file, and where. */
export interface PolicyProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
}

export interface ParsedPolicy {
  /** Absent when there is any problem: a policy that is not understood is not followed in part. */
  readonly policy?: PolicyFile;
  readonly problems: readonly PolicyProblem[];
}

/**
 * Reads a policy file: JSON, comments allowed, checked against `policySchema`.
 *
 * @param file Its name, for the problems.
 */
export function parsePolicy(text: string, { file }: { readonly file: string }): ParsedPolicy {
  const errors: ParseError[] = [];
  const bare = text.replace(/^\uFEFF/, '');
  const tree = parseTree(bare, errors, { allowTrailingComma: true });
  const place = (offset: number): Pick<PolicyProblem, 'file' | 'line' | 'column'> => {
    const before = bare.slice(0, offset);
    return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
  };
  if (!tree || errors.length > 0) {
    const found = errors.map(({ error, offset }) => ({
      ...place(offset),
      message: `This is no JSON: ${printParseErrorCode(error)}.`,
    }));
    return {
      problems:
        found.length > 0
          ? found
          : [{ ...place(0), message: 'The file is empty. Write {} for a policy without rules.' }],
    };
  }
  const problems = checkSchema(tree, policySchema, policySchema).map(({ offset, message }) => ({
    ...place(offset),
    message,
  }));
  if (problems.length > 0) return { problems };
  return { policy: getNodeValue(tree) as PolicyFile, problems };
}
