// @langchain/langgraph prebuilt createReactAgent.
export const meta = {
  title: 'langgraph (createReactAgent)',
  packages: {
    '@langchain/langgraph': '1.4.18',
    '@langchain/openai': '1.6.0',
    '@langchain/core': '1.2.13',
    zod: '4.6.7',
  },
  overrides: {
    '@langchain/langgraph-sdk': '1.12.4',
    '@langchain/langgraph-checkpoint': '1.1.5',
    '@langchain/core': '1.2.13',
  },
  imports: ['@langchain/langgraph', '@langchain/langgraph/prebuilt', '@langchain/openai'],
  shares: ['langchain.mjs'],
};
export async function load() {
  const [{ make }, { createReactAgent }, { ChatOpenAI }, { z }, m, { tool }] = await Promise.all([
    import('./langchain.mjs'),
    import('@langchain/langgraph/prebuilt'),
    import('@langchain/openai'),
    import('zod'),
    import('@langchain/core/messages'),
    import('@langchain/core/tools'),
  ]);
  return make({ m, ChatOpenAI, tool, z }, ({ model, system, tools }) =>
    createReactAgent({ llm: model, tools, prompt: system }),
  );
}
