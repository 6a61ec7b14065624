import type { ScriptedReply } from './scripted-reply.ts';

/** The scenes of `modelSuite` in `@capstan/sdk/testing`. */
export type Scene = 'text' | 'calls' | 'hang' | 'cut' | 'refused key' | 'overloaded';

/** What a loopback server must answer for each scene of `modelSuite`. */
export const sceneReplies: { readonly [scene in Scene]: ScriptedReply } = {
  text: { text: 'Hello, wörld 👋', usage: { inputTokens: 12, outputTokens: 5 } },
  calls: {
    calls: [
      { tool: 'lookup', input: { word: 'a' } },
      { tool: 'lookup', input: { word: 'b' } },
    ],
  },
  hang: { text: 'A reply that is never finished. '.repeat(20), fault: { kind: 'hang' } },
  cut: { text: 'A reply that is cut. '.repeat(20), fault: { kind: 'cut' } },
  'refused key': { fault: { kind: 'status', status: 401, message: 'The key is not valid' } },
  overloaded: { fault: { kind: 'status', status: 529, message: 'Overloaded' } },
};
