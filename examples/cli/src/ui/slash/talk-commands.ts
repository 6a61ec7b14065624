import { ago } from '../../render/ago.ts';
import { plural } from '../../render/amounts.ts';
import { fit } from '../../render/fit.ts';
import { plainText } from '../../render/plain-text.ts';
import { keptSession } from '../../run/find-session.ts';
import { sessionFacts } from '../../run/session-facts.ts';
import type { Choice } from '../choice-card.ts';
import type { Stepped } from '../conversation.ts';
import type { Desk } from '../desk.ts';
import type { SlashCommand } from './slash-command.ts';

/** Commands about the conversation itself. */
export const talkCommands: readonly SlashCommand[] = [
  {
    name: 'undo',
    about: 'take the last turn back, files and words',
    run: (desk) => stepped(desk, 'Taken back', desk.conversation.undo()),
  },
  {
    name: 'redo',
    about: 'do again what was taken back',
    run: (desk) => stepped(desk, 'Done again', desk.conversation.redo()),
  },
  { name: 'rewind', about: 'go back to an earlier message, files and words', run: rewind },
  { name: 'compact', about: 'sum up what was said, to make room', run: compact },
  { name: 'sessions', about: 'what was talked about here; go on with one', run: (desk) => resume(desk, '') },
  { name: 'resume', about: 'go on with another session', takes: 'session', run: resume },
  { name: 'fork', about: 'go on in a copy of this conversation', run: fork },
  { name: 'rename', about: 'give this conversation a title', takes: 'title', run: rename },
  { name: 'export', about: 'write this conversation to a file', takes: 'FILE.md | FILE.jsonl', run: exportTalk },
  { name: 'import', about: 'take in a conversation that was exported', takes: 'FILE.jsonl', run: importTalk },
  { name: 'history', about: 'choose from what was typed before', run: history },
  { name: 'clear', about: 'start over with nothing said', run: clear },
];

async function stepped(desk: Desk, words: string, step: Promise<Stepped | undefined>): Promise<void> {
  const done = await step;
  if (!done) return desk.note('There is nothing to do.');
  desk.note(`${words}: ${done.files.length === 0 ? 'no files' : [...new Set(done.files)].join(', ')}, and the words.`);
}

/** Goes back to before a message, which comes into the input again, to be said in another way. */
async function rewind(desk: Desk): Promise<void> {
  const turns = await desk.conversation.turns();
  if (turns.length === 0) return desk.note('Nothing was said yet.');
  const choices = turns.toReversed().map(({ runId, text, files }) => ({
    value: runId,
    label: fit(plainText(text).replace(/\s+/g, ' '), 60),
    about: files === 0 ? 'changed nothing' : `changed ${plural(files, 'file')}`,
  }));
  const chosen = await desk.choose('Go back to before which message?', choices);
  if (chosen === undefined) return;
  const text = turns.find(({ runId }) => runId === chosen)?.text ?? '';
  await stepped(desk, 'Taken back', desk.conversation.undo(chosen));
  await desk.replay();
  desk.type(text);
}

async function compact(desk: Desk): Promise<void> {
  const { store, sessionId } = desk.conversation.parts;
  const before = (await store.read(sessionId)).length;
  await desk.follow(desk.conversation.compact());
  const since = await store.read(sessionId, { after: before });
  if (since.length > 0 && !since.some(({ type }) => type === 'context.compacted'))
    desk.note('There is nothing that could be left out.');
}

async function resume(desk: Desk, words: string): Promise<void> {
  const { parts } = desk.conversation;
  const chosen = words === '' ? await chooseSession(desk) : words;
  if (chosen === undefined) return;
  parts.sessionId = await keptSession(parts.store, chosen);
  await desk.replay();
}

async function chooseSession(desk: Desk): Promise<string | undefined> {
  const { store } = desk.conversation.parts;
  const kept = await store.list({ limit: 50 });
  if (kept.length === 0) return void desk.note('No sessions yet.');
  const choices: Choice[] = await Promise.all(
    kept.map(async ({ sessionId, updatedAt }) => {
      const { title, runs } = sessionFacts(await store.read(sessionId));
      return {
        value: sessionId,
        label: fit(plainText(title).replace(/\s+/g, ' ') || sessionId, 60),
        about: `${ago(Date.now() - updatedAt)}, ${plural(runs, 'turn')}`,
      };
    }),
  );
  return desk.choose('Go on with which session?', choices);
}

async function fork(desk: Desk): Promise<void> {
  const left = await desk.conversation.fork();
  desk.note(`In a copy now. The other: /resume ${left}`);
}

async function rename(desk: Desk, title: string): Promise<void> {
  if (title === '') return desk.note('Say the title: /rename TITLE');
  desk.show(await desk.command(['sessions', 'rename', desk.conversation.parts.sessionId, title]));
}

async function exportTalk(desk: Desk, file: string): Promise<void> {
  const { sessionId } = desk.conversation.parts;
  const path = file === '' ? `capstan-${sessionId.slice(-8).toLowerCase()}.md` : file;
  const format = /\.(?:md|markdown)$/i.test(path) ? ['--markdown'] : [];
  desk.show(await desk.command(['sessions', 'export', sessionId, ...format, '--output', path]));
}

async function importTalk(desk: Desk, file: string): Promise<void> {
  if (file === '') return desk.note('Say which file: /import FILE.jsonl');
  desk.show(await desk.command(['sessions', 'import', file]));
}

async function history(desk: Desk): Promise<void> {
  const lines = [...new Set(desk.history().toReversed())];
  if (lines.length === 0) return desk.note('Nothing was typed yet.');
  const choices = lines.map((text, at) => ({ value: String(at), label: fit(text.replace(/\s+/g, ' '), 90) }));
  const chosen = await desk.choose('Which of what was typed?', choices);
  if (chosen !== undefined) desk.type(lines[Number(chosen)] ?? '');
}

function clear(desk: Desk): void {
  desk.conversation.clear();
  desk.wipe();
}
