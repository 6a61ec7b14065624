// @openai/agents over chat completions, tracing off (it would try to reach api.openai.com).
export const meta = {
  title: '@openai/agents (chat)',
  packages: { '@openai/agents': '0.20.0', zod: '4.6.7' },
  imports: ['@openai/agents'],
};

const toItems = (h) =>
  h.flatMap((m) =>
    m.role === 'tool'
      ? [
          {
            type: 'function_call_result',
            name: m.name,
            callId: m.id,
            status: 'completed',
            output: { type: 'text', text: m.content },
          },
        ]
      : m.toolCalls
        ? m.toolCalls.map((c) => ({
            type: 'function_call',
            callId: c.id,
            name: c.name,
            status: 'completed',
            arguments: JSON.stringify(c.args),
          }))
        : m.role === 'assistant'
          ? [
              {
                type: 'message',
                role: 'assistant',
                status: 'completed',
                content: [{ type: 'output_text', text: m.content }],
              },
            ]
          : [{ type: 'message', role: 'user', content: m.content }],
  );

export const make = (oa, z, useResponses) => ({
  prepare({ baseURL, apiKey, model, system, tools, history, maxTurns }) {
    const provider = new oa.OpenAIProvider({ apiKey, baseURL, useResponses });
    const runner = new oa.Runner({ modelProvider: provider, tracingDisabled: true });
    const agent = new oa.Agent({
      name: 'bench',
      instructions: system,
      model,
      tools: tools.map((t) =>
        oa.tool({ name: t.name, description: t.description, parameters: t.zod(z), execute: (args) => t.execute(args) }),
      ),
    });
    let items = toItems(history);
    return {
      async run(prompt, onText) {
        items.push({ type: 'message', role: 'user', content: prompt });
        const result = await runner.run(agent, items, { stream: true, maxTurns });
        for await (const ev of result) {
          if (ev.type === 'raw_model_stream_event' && ev.data.type === 'output_text_delta') onText(ev.data.delta);
        }
        await result.completed;
        items = result.history;
        return { text: result.finalOutput };
      },
    };
  },
});

export async function load() {
  const [oa, { z }] = await Promise.all([import('@openai/agents'), import('zod')]);
  oa.setTracingDisabled(true);
  return make(oa, z, false);
}
