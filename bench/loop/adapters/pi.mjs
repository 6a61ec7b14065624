// pi: @earendil-works/pi-agent-core + pi-ai (the successors of @mariozechner/pi-agent-core + pi-ai).
// 0.87.1 is the newest version whose dependencies all exist on the registry used here.
export const meta = {
  title: 'pi (agent-core + ai)',
  packages: { '@earendil-works/pi-agent-core': '0.87.1', '@earendil-works/pi-ai': '0.87.1' },
  imports: ['@earendil-works/pi-agent-core', '@earendil-works/pi-ai', '@earendil-works/pi-ai/api/openai-completions'],
};
const zero = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  totalTokens: 0,
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
};
const toPi = (h) =>
  h.map((m) =>
    m.role === 'tool'
      ? {
          role: 'toolResult',
          toolCallId: m.id,
          toolName: m.name,
          content: [{ type: 'text', text: m.content }],
          isError: false,
          timestamp: 1,
        }
      : m.role === 'assistant'
        ? {
            role: 'assistant',
            content: [
              ...(m.content ? [{ type: 'text', text: m.content }] : []),
              ...(m.toolCalls ?? []).map((c) => ({ type: 'toolCall', id: c.id, name: c.name, arguments: c.args })),
            ],
            api: 'openai-completions',
            provider: 'mock',
            model: 'mock-model',
            usage: zero,
            stopReason: m.toolCalls ? 'toolUse' : 'stop',
            timestamp: 1,
          }
        : { role: 'user', content: m.content, timestamp: 1 },
  );

export const make = (Agent, streamSimple) => ({
  prepare({ baseURL, apiKey, model, system, tools, history }) {
    const agent = new Agent({
      initialState: {
        systemPrompt: system,
        model: {
          id: model,
          name: model,
          api: 'openai-completions',
          provider: 'mock',
          baseUrl: baseURL,
          reasoning: false,
          input: ['text'],
          cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
          contextWindow: 1e6,
          maxTokens: 8192,
        },
        tools: tools.map((t) => ({
          name: t.name,
          label: t.name,
          description: t.description,
          parameters: t.parameters,
          execute: async (id, args) => ({ content: [{ type: 'text', text: await t.execute(args) }], details: {} }),
        })),
        messages: toPi(history),
      },
      streamFn: streamSimple,
      getApiKey: () => apiKey,
    });
    return {
      async run(prompt, onText) {
        let text = '';
        const off = agent.subscribe((ev) => {
          if (ev.type === 'message_update' && ev.assistantMessageEvent.type === 'text_delta')
            onText(ev.assistantMessageEvent.delta);
          else if (ev.type === 'message_end' && ev.message.role === 'assistant')
            text = ev.message.content.find((c) => c.type === 'text')?.text ?? '';
        });
        await agent.prompt(prompt);
        off();
        if (agent.state.errorMessage) throw new Error(agent.state.errorMessage);
        return { text };
      },
    };
  },
});

export async function load() {
  const [{ Agent }, , { streamSimple }] = await Promise.all([
    import('@earendil-works/pi-agent-core'),
    import('@earendil-works/pi-ai'),
    import('@earendil-works/pi-ai/api/openai-completions'),
  ]);
  return make(Agent, streamSimple);
}
