// @mastra/core Agent over an AI SDK provider (@ai-sdk/openai-compatible), no memory or storage configured.
export const meta = {
  title: '@mastra/core (Agent)',
  packages: { '@mastra/core': '1.71.0', '@ai-sdk/openai-compatible': '3.0.92', zod: '4.6.7' },
  imports: ['@mastra/core/agent', '@mastra/core/tools', '@ai-sdk/openai-compatible'],
};
const toMsgs = (h) =>
  h.map((m) =>
    m.role === 'tool'
      ? {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: m.id, toolName: m.name, output: { type: 'text', value: m.content } },
          ],
        }
      : m.toolCalls
        ? {
            role: 'assistant',
            content: m.toolCalls.map((c) => ({ type: 'tool-call', toolCallId: c.id, toolName: c.name, input: c.args })),
          }
        : { role: m.role, content: m.content },
  );

export async function load() {
  process.env.MASTRA_TELEMETRY_DISABLED = '1';
  const [{ Agent }, { createTool }, { createOpenAICompatible }, { z }] = await Promise.all([
    import('@mastra/core/agent'),
    import('@mastra/core/tools'),
    import('@ai-sdk/openai-compatible'),
    import('zod'),
  ]);
  return {
    prepare({ baseURL, apiKey, model, system, tools, history, maxTurns }) {
      const provider = createOpenAICompatible({ name: 'mock', baseURL, apiKey, includeUsage: true });
      const agent = new Agent({
        id: 'bench',
        name: 'bench',
        instructions: system,
        model: provider(model),
        tools: Object.fromEntries(
          tools.map((t) => [
            t.name,
            createTool({
              id: t.name,
              description: t.description,
              inputSchema: t.zod(z),
              execute: (input) => t.execute(input?.context ?? input),
            }),
          ]),
        ),
      });
      const messages = toMsgs(history);
      return {
        async run(prompt, onText) {
          messages.push({ role: 'user', content: prompt });
          const out = await agent.stream(messages, { maxSteps: maxTurns });
          for await (const c of out.fullStream) {
            if (c.type === 'text-delta') onText(c.payload.text);
            else if (c.type === 'error') throw c.payload.error;
          }
          return { text: await out.text };
        },
      };
    },
  };
}
