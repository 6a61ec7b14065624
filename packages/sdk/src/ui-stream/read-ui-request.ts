import { CapstanError } from '../contract/errors.ts';
import type { UserPart } from '../contract/message.ts';
import { userPartOf } from './user-parts.ts';

/** What the transport of `useChat` posts, as far as a server needs it: it keeps the conversation itself. */
export interface UIRequest {
  readonly chatId: string;
  /**
   * Set when a person has an answer made again or says something else in an earlier place: which of his messages this
   * is, counted from 1. What came after it is to be forgotten.
   */
  readonly insteadOf?: number;
  /** What the person says; absent when the request answers approvals. */
  readonly input?: readonly UserPart[];
  readonly approvals: readonly UIApproval[];
}

/** A person's answer to a call that waits. */
export interface UIApproval {
  readonly runId: string;
  readonly callId: string;
  readonly approved: boolean;
  readonly reason?: string;
}

/**
 * Reads the body that `useChat` posts: the newest user message with its files, or the answers to approvals.
 *
 * Only the newest message counts: the log holds the others, whatever the client says of them.
 *
 * @throws {CapstanError} `invalid_config` for anything else.
 */
export function readUIRequest(body: unknown): UIRequest {
  const { id: chatId, messages, trigger, messageId } = fieldsOf(body);
  if (typeof chatId !== 'string' || chatId === '') throw refused('id', 'must be the id of the chat');
  const all: readonly Fields[] = Array.isArray(messages) ? messages.map(fieldsOf) : [];
  const { role, parts } = all.at(-1) ?? {};
  if (!Array.isArray(parts)) throw refused('messages', 'must end in a message with parts');
  if (role === 'assistant') return { chatId, approvals: parts.flatMap(approvalOf) };
  if (role !== 'user') throw refused('messages', 'must end in a message of the user or of the assistant');
  const rewrites = trigger === 'regenerate-message' || typeof messageId === 'string';
  const insteadOf = all.filter((message) => message['role'] === 'user').length;
  return { chatId, ...(rewrites ? { insteadOf } : {}), input: parts.map(partOf), approvals: [] };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function partOf(part: unknown, index: number): UserPart {
  const read = userPartOf(part);
  if (read) return read;
  throw refused(`messages, part ${index + 1}`, 'must be text, or a file with an http(s) or data address');
}

function approvalOf(part: unknown): UIApproval[] {
  const { state, approval } = fieldsOf(part);
  const { id, approved, reason } = fieldsOf(approval);
  if (state !== 'approval-responded' || typeof id !== 'string' || typeof approved !== 'boolean') return [];
  const colon = id.indexOf(':');
  if (colon < 1) return [];
  const why = typeof reason === 'string' ? { reason } : {};
  return [{ runId: id.slice(0, colon), callId: id.slice(colon + 1), approved, ...why }];
}

function refused(where: string, what: string): CapstanError {
  return new CapstanError('invalid_config', `The chat request's ${where} ${what}.`, { where });
}
