import type { Command } from 'commander';
import type { JudgeRequest } from '@capstan/policy';
import { CapstanError } from '@capstan/sdk/contract';
import { opOf } from '../run/judge.ts';

/** The options that put a question to the policy. */
export interface QuestionFlags {
  readonly command?: string;
  readonly path?: string;
  readonly op: string;
  readonly url?: string;
  readonly mode: string;
  readonly offline?: boolean;
}

/** Adds the options that put a question to the policy. */
export function withQuestionOptions(command: Command): Command {
  return command
    .option('--command <line>', 'a command line, as a shell would read it')
    .option('--path <path>', 'a file or folder')
    .option('--op <op>', 'what would be done with it: read, write, create or delete', 'read')
    .option('--url <url>', 'an address')
    .option('--mode <mode>', 'read-only, suggest, auto-edit or full-auto', 'auto-edit')
    .option('--offline', 'as a run without network would be judged');
}

/** Reads the one question that was put; `undefined` when there is none. @throws {CapstanError} for more than one. */
export function questionOf({ command, path, op, url }: QuestionFlags): JudgeRequest | undefined {
  const asked: JudgeRequest[] = [];
  if (command !== undefined) asked.push({ kind: 'shell', input: command });
  if (path !== undefined) asked.push({ kind: 'path', input: path, ...opOf(op) });
  if (url !== undefined) asked.push({ kind: 'url', input: url });
  if (asked.length < 2) return asked[0];
  throw new CapstanError('invalid_config', 'Give one of --command, --path and --url.', { where: 'policy' });
}
