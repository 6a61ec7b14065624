import type { AgentContext, PermissionOption } from '@agentclientprotocol/sdk';
import { methods } from '@agentclientprotocol/sdk';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import { createColour } from '../render/colour.ts';
import { previewText, scopeOf } from '../run/approval-words.ts';
import type { Reply } from '../run/approver.ts';

export interface PermissionOptions {
  readonly sessionId: string;
  /** The name that answers are signed with. */
  readonly by: string;
  /** All that a standing approval would allow; absent where it would hold for this session. */
  readonly pattern: string | undefined;
}

/** Asks the person at the editor whether a call may happen, with what would happen and the rule that asks. */
export async function askPermission(
  client: AgentContext,
  request: ApprovalRequested,
  { sessionId, by, pattern }: PermissionOptions,
): Promise<{ readonly reply: Reply; readonly always: boolean }> {
  const { callId, tool, reason, rule } = request;
  const text = `${reason} (rule ${rule})\n\n\`\`\`\n${previewText(request, createColour(false)).trimEnd()}\n\`\`\``;
  const { outcome } = await client.request(methods.client.session.requestPermission, {
    sessionId,
    toolCall: {
      toolCallId: callId,
      title: `${tool}: ${reason}`,
      status: 'pending',
      content: [{ type: 'content', content: { type: 'text', text } }],
    },
    options: optionsOf(request, pattern),
  });
  if (outcome.outcome === 'cancelled') return { reply: { kind: 'stop' }, always: false };
  const always = outcome.optionId === 'always';
  const allowed = always || outcome.optionId === 'allow';
  return { reply: allowed ? { kind: 'approve', by: [by] } : { kind: 'deny', by }, always };
}

function optionsOf(request: ApprovalRequested, pattern: string | undefined): PermissionOption[] {
  const always: PermissionOption = {
    optionId: 'always',
    name: pattern === undefined ? `In this session: ${scopeOf(request).words}` : `Always: ${pattern}`,
    kind: 'allow_always',
  };
  return [
    { optionId: 'allow', name: 'Allow', kind: 'allow_once' },
    ...(request.approvals > 1 ? [] : [always]),
    { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
  ];
}
