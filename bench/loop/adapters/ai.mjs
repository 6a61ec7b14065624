// Vercel AI SDK: ToolLoopAgent over @ai-sdk/openai-compatible (chat completions).
export const meta = {
  title: 'ai (ToolLoopAgent)',
  packages: { ai: '7.0.173', '@ai-sdk/openai-compatible': '3.0.92', zod: '4.6.7' },
  imports: ['ai', '@ai-sdk/openai-compatible'],
};

export const toModelMessages = (h) =>
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
            content: [
              ...(m.content ? [{ type: 'text', text: m.content }] : []),
              ...m.toolCalls.map((c) => ({ type: 'tool-call', toolCallId: c.id, toolName: c.name, input: c.args })),
            ],
          }
        : { role: m.role, content: m.content },
  );

export const make = (ai, z, modelOf) => ({
  prepare({ baseURL, apiKey, model, system, tools, history, maxTurns }) {
    const agent = new ai.ToolLoopAgent({
      model: modelOf({ baseURL, apiKey, model }),
      instructions: system,
      tools: Object.fromEntries(
        tools.map((t) => [
          t.name,
          ai.tool({ description: t.description, inputSchema: t.zod(z), execute: (args) => t.execute(args) }),
        ]),
      ),
      stopWhen: ai.stepCountIs(maxTurns),
    });
    const messages = toModelMessages(history);
    return {
      async run(prompt, onText) {
        messages.push({ role: 'user', content: prompt });
        const result = await agent.stream({ messages });
        for await (const part of result.fullStream) {
          if (part.type === 'text-delta') onText(part.text);
          else if (part.type === 'error') throw part.error;
        }
        messages.push(...(await result.response).messages);
        return { text: await result.text };
      },
    };
  },
});

export async function load() {
  const [ai, { createOpenAICompatible }, { z }] = await Promise.all([
    import('ai'),
    import('@ai-sdk/openai-compatible'),
    import('zod'),
  ]);
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return make(ai, z, ({ baseURL, apiKey, model }) =>
    createOpenAICompatible({ name: 'mock', baseURL, apiKey, includeUsage: true })(model),
  );
}
