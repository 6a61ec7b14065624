import type { Tool } from '@capstan/sdk/contract';

/** A question of a model to the user. */
export interface UserQuestion {
  readonly question: string;
  /** Answers to choose from; the user may always say something else. */
  readonly options: readonly QuestionOption[];
  /** More than one option may be chosen. */
  readonly multiple: boolean;
}

export interface QuestionOption {
  readonly label: string;
  readonly description?: string;
}

export interface AskUserOptions {
  /**
   * Puts the question to the user. Gives the words of the user, or the labels chosen; `undefined` if he does not want to
   * answer. Must stop waiting when the signal aborts. Absent: nobody is there, and the model is told so.
   */
  readonly ask?: (
    question: UserQuestion,
    context: { readonly signal: AbortSignal; readonly sessionId: string; readonly callId: string },
  ) => Promise<string | readonly string[] | undefined>;
  /** Milliseconds to wait for an answer. Default 3,600,000. */
  readonly timeoutMs?: number;
}

const nobody =
  'Nobody is there to answer. Decide by yourself, take what is easiest to undo, and say in your closing words what you assumed.';

/** Makes the `ask_user` tool. Never waits where nobody is there. */
export function askUserTool({ ask, timeoutMs = 3_600_000 }: AskUserOptions = {}): Tool {
  const tool: Tool<{ question: string; options?: readonly QuestionOption[]; multiple?: boolean }> = {
    name: 'ask_user',
    description:
      'Asks the user a question and waits for the answer. Only for what you can neither find out nor sensibly decide, and what the work depends on.',
    input: {
      type: 'object',
      properties: {
        question: {
          type: 'string',
          minLength: 1,
          maxLength: 2_000,
          description: 'One question, with what the user has to know to answer it.',
        },
        options: {
          type: 'array',
          minItems: 2,
          maxItems: 8,
          items: {
            type: 'object',
            properties: {
              label: { type: 'string', minLength: 1, maxLength: 100 },
              description: { type: 'string', maxLength: 500 },
            },
            required: ['label'],
            additionalProperties: false,
          },
          description: 'Answers to choose from, the recommended one first. The user may answer in words of his own.',
        },
        multiple: { type: 'boolean', description: 'More than one option may be chosen.' },
      },
      required: ['question'],
      additionalProperties: false,
    },
    timeoutMs,
    effects: () => [],
    async execute({ question, options = [], multiple = false }, { signal, sessionId, callId }) {
      if (!ask) return nobody;
      const answer = await untilAborted(ask({ question, options, multiple }, { signal, sessionId, callId }), signal);
      if (answer === undefined)
        return 'The user does not want to answer. Decide by yourself, or end here if you cannot.';
      const words = typeof answer === 'string' ? answer : answer.join(', ');
      return words.trim() === '' ? 'The user gave an empty answer. Decide by yourself.' : `The user answers: ${words}`;
    },
  };
  return tool as Tool;
}

// An app that does not heed the signal must not keep the run from ending.
function untilAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
