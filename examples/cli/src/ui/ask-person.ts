import type { UserQuestion } from '@capstan/tools';
import { ChoiceCard, type Choice } from './choice-card.ts';
import type { Dock } from './dock.ts';
import { QuestionCard } from './question-card.ts';
import type { Theme } from './theme.ts';

export interface AskOptions {
  readonly dock: Dock;
  readonly theme: Theme;
}

/** Puts a question of the model to the person; `undefined` when they do not want to answer, or the signal aborts. */
export function askQuestion(
  question: UserQuestion,
  { dock, theme }: AskOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((settle) => {
    const take = dock.ask(
      (done) =>
        new QuestionCard(question, theme, (answer) => {
          done();
          settle(answer);
        }),
    );
    const giveUp = () => {
      take();
      settle(undefined);
    };
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Lets the person choose; `undefined` when nothing was chosen. */
export function askChoice(
  title: string,
  choices: readonly Choice[],
  { dock, theme, rows }: AskOptions & { readonly rows: number },
): Promise<string | undefined> {
  return new Promise((settle) => {
    dock.ask((done) => {
      const onChoice = (value: string | undefined) => {
        done();
        settle(value);
      };
      return new ChoiceCard({ title, choices, theme, rows, onChoice });
    });
  });
}
