import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';
import type { UIMessage } from 'ai';
import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';

/** A chat as an app has it: what was said, an input, and buttons to stop and to answer approvals. */
declare const document: { getElementById(id: string): Element };
declare const location: { readonly search: string };

const api = '/api/chat';
const id = new URLSearchParams(location.search).get('chat') ?? '';
const transport = new DefaultChatTransport({ api });

function Chat({ messages: initial }: { readonly messages: UIMessage[] }) {
  const chat = useChat({
    id,
    messages: initial,
    resume: true,
    transport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const stop = async () => {
    await fetch(`${api}/${id}/stop`, { method: 'POST' });
  };
  const send = (event: { preventDefault(): void; currentTarget: unknown }) => {
    event.preventDefault();
    const { elements } = event.currentTarget as { elements: { words: { value: string } } };
    void chat.sendMessage({ text: elements.words.value });
  };
  const answer = (approval: string, approved: boolean) => () =>
    void chat.addToolApprovalResponse({ id: approval, approved, ...(approved ? {} : { reason: 'not today' }) });
  return h(
    'main',
    {},
    h('p', { id: 'status' }, chat.status),
    h('p', { id: 'error' }, chat.error?.message ?? ''),
    chat.messages.map((message) =>
      h(
        'section',
        { key: message.id, className: message.role, 'data-metadata': JSON.stringify(message.metadata) },
        message.parts.map((part, i) => {
          if (part.type === 'text' || part.type === 'reasoning') return h('p', { key: i, className: part.type }, part.text);
          if (!('toolCallId' in part)) return null;
          const asked = part.state === 'approval-requested' ? part.approval.id : undefined;
          return h(
            'div',
            { key: i, className: 'tool', 'data-state': part.state },
            JSON.stringify(part.output ?? part.errorText ?? part.input),
            asked && h('button', { id: 'approve', onClick: answer(asked, true) }, 'Approve'),
            asked && h('button', { id: 'deny', onClick: answer(asked, false) }, 'Deny'),
          );
        }),
      ),
    ),
    h('form', { onSubmit: send }, h('input', { name: 'words' }), h('button', { id: 'send' }, 'Send')),
    h('button', { id: 'stop', onClick: () => void stop() }, 'Stop'),
  );
}

const messages = (await (await fetch(`${api}/${id}/messages`)).json()) as UIMessage[];
createRoot(document.getElementById('root')).render(h(Chat, { messages }));
