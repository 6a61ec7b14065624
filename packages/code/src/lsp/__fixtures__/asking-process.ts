// A program of somebody who asks a language server one question and thinks of nothing else.
import { openLanguageServers } from '../language-servers.ts';

const [, , root = '', file = '', ...args] = process.argv;
const toy = { command: process.execPath, args, languages: { toy: 'toy' } };
const servers = openLanguageServers(root, { servers: { toy } });
const { problems } = await servers.diagnose([file], { signal: new AbortController().signal });
console.log(`found ${problems.length}`);
const { STAY: how } = process.env;
if (how !== undefined) setInterval(() => {}, 1_000);
// Ends in its own time.
if (how === 'slowly') process.once('SIGTERM', () => setTimeout(() => process.exit(7), 200));
// Leaves it to others to end, if there are any.
const last = (): void => {
  if (process.listeners('SIGTERM').length > 1) return;
  process.off('SIGTERM', last);
  process.kill(process.pid, 'SIGTERM');
};
if (how === 'politely') process.on('SIGTERM', last);
