// Floor 3: the `openai` client with a hand-written loop.
export const meta = { title: 'openai client + loop', packages: { openai: '7.55.0' }, imports: ['openai'] };

const toChat = (h) =>
  h.map((m) =>
    m.role === 'tool'
      ? { role: 'tool', tool_call_id: m.id, content: m.content }
      : m.toolCalls
        ? {
            role: 'assistant',
            content: m.content || null,
            tool_calls: m.toolCalls.map((c) => ({
              id: c.id,
              type: 'function',
              function: { name: c.name, arguments: JSON.stringify(c.args) },
            })),
          }
        : { role: m.role, content: m.content },
  );

export async function load() {
  const { default: OpenAI } = await import('openai');
  return {
    prepare({ baseURL, apiKey, model, system, tools, history, maxTurns }) {
      const client = new OpenAI({ apiKey, baseURL });
      const messages = [{ role: 'system', content: system }, ...toChat(history)];
      const defs = tools.map((t) => ({
        type: 'function',
        function: { name: t.name, description: t.description, parameters: t.parameters },
      }));
      const byName = new Map(tools.map((t) => [t.name, t]));
      return {
        async run(prompt, onText) {
          messages.push({ role: 'user', content: prompt });
          for (let turn = 0; turn < maxTurns; turn++) {
            const stream = await client.chat.completions.create({
              model,
              messages,
              tools: defs,
              stream: true,
              stream_options: { include_usage: true },
            });
            let text = '';
            const calls = [];
            for await (const ev of stream) {
              const d = ev.choices[0]?.delta;
              if (!d) continue;
              if (d.content) {
                text += d.content;
                onText(d.content);
              }
              if (d.tool_calls)
                for (const c of d.tool_calls) {
                  const cur = (calls[c.index] ??= { id: c.id, name: c.function.name, args: '' });
                  if (c.function?.arguments) cur.args += c.function.arguments;
                }
            }
            if (!calls.length) {
              messages.push({ role: 'assistant', content: text });
              return { text };
            }
            messages.push({
              role: 'assistant',
              content: text || null,
              tool_calls: calls.map((c) => ({
                id: c.id,
                type: 'function',
                function: { name: c.name, arguments: c.args },
              })),
            });
            const results = await Promise.all(calls.map((c) => byName.get(c.name).execute(JSON.parse(c.args))));
            calls.forEach((c, i) => messages.push({ role: 'tool', tool_call_id: c.id, content: results[i] }));
          }
          throw new Error('max turns');
        },
      };
    },
  };
}
