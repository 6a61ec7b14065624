// langchain createAgent (runs on @langchain/langgraph) with ChatOpenAI over chat completions.
// langgraph 1.4.18 / langgraph-sdk 1.12.4 / checkpoint 1.1.5 are the newest that resolve together with core 1.2.13.
const PINS = {
  '@langchain/langgraph': '1.4.18',
  '@langchain/langgraph-sdk': '1.12.4',
  '@langchain/langgraph-checkpoint': '1.1.5',
  '@langchain/core': '1.2.13',
};
export const meta = {
  title: 'langchain (createAgent)',
  packages: {
    langchain: '1.5.14',
    '@langchain/openai': '1.6.0',
    '@langchain/core': '1.2.13',
    '@langchain/langgraph': '1.4.18',
    zod: '4.6.7',
  },
  overrides: PINS,
  imports: ['langchain', '@langchain/openai'],
};
export const toLc = (m, h) =>
  h.map((x) =>
    x.role === 'tool'
      ? new m.ToolMessage({ content: x.content, tool_call_id: x.id, name: x.name })
      : x.role === 'assistant'
        ? new m.AIMessage({
            content: x.content,
            tool_calls: (x.toolCalls ?? []).map((c) => ({ id: c.id, name: c.name, args: c.args, type: 'tool_call' })),
          })
        : new m.HumanMessage(x.content),
  );

export const make = ({ m, ChatOpenAI, tool, z }, build) => ({
  prepare({ baseURL, apiKey, model, system, tools, history, maxTurns }) {
    const llm = new ChatOpenAI({
      model,
      apiKey,
      streaming: true,
      streamUsage: true,
      useResponsesApi: false,
      maxRetries: 0,
      configuration: { baseURL },
    });
    const agent = build({
      model: llm,
      system,
      tools: tools.map((t) =>
        tool((args) => t.execute(args), { name: t.name, description: t.description, schema: t.zod(z) }),
      ),
    });
    const messages = toLc(m, history);
    return {
      async run(prompt, onText) {
        let text = '';
        const stream = await agent.stream(
          { messages: [...messages, new m.HumanMessage(prompt)] },
          { streamMode: 'messages', recursionLimit: maxTurns * 4 + 20 },
        );
        for await (const [chunk] of stream) {
          if (chunk.getType() === 'ai' && typeof chunk.content === 'string' && chunk.content) {
            text += chunk.content;
            onText(chunk.content);
          }
        }
        return { text };
      },
    };
  },
});

export async function load() {
  const [lc, { ChatOpenAI }, { z }, m] = await Promise.all([
    import('langchain'),
    import('@langchain/openai'),
    import('zod'),
    import('@langchain/core/messages'),
  ]);
  return make({ m, ChatOpenAI, tool: lc.tool, z }, ({ model, system, tools }) =>
    lc.createAgent({ model, tools, systemPrompt: system }),
  );
}
