// Capstan itself, as built in this workspace: the agent over the OpenAI chat wire.
export const meta = {
  title: 'Capstan',
  packages: {},
  imports: ['@capstan/sdk', '@capstan/providers/openai'],
  workspace: true,
};

const toMessage = (m) =>
  m.role === 'tool'
    ? { role: 'tool', callId: m.id, tool: m.name, parts: [{ type: 'text', text: m.content }] }
    : m.role === 'user'
      ? { role: 'user', parts: [{ type: 'text', text: m.content }] }
      : {
          role: 'assistant',
          parts: [
            ...(m.content ? [{ type: 'text', text: m.content }] : []),
            ...(m.toolCalls ?? []).map((c) => ({
              type: 'call',
              callId: c.id,
              tool: c.name,
              json: JSON.stringify(c.args),
            })),
          ],
        };

export async function load() {
  const [{ createAgent, memoryStore }, { openai }] = await Promise.all([
    import('@capstan/sdk'),
    import('@capstan/providers/openai'),
  ]);
  return {
    async prepare({ baseURL, apiKey, model, system, tools, history }) {
      const store = memoryStore();
      const sessionId = 'bench';
      const events = history.map((m, i) => ({
        v: 1,
        seq: i + 1,
        at: 1,
        sessionId,
        runId: 'import',
        type: 'message.added',
        message: toMessage(m),
      }));
      await store.append(sessionId, 0, events);
      const agent = createAgent({
        model: openai({ baseURL, apiKey, model, api: 'chat' }),
        instructions: system,
        store,
        tools: tools.map((t) => ({
          name: t.name,
          description: t.description,
          input: t.parameters,
          effects: () => [],
          execute: t.execute,
          maxOutputBytes: 8_000_000,
        })),
      });
      return {
        async run(prompt, onText) {
          const run = agent.run(prompt, { sessionId });
          for await (const event of run) if (event.type === 'text.delta') onText(event.text);
          const { reason, text, error } = await run.result;
          if (reason !== 'done') throw new Error(`${reason}: ${error?.message}`);
          return { text };
        },
      };
    },
  };
}
