// A program of somebody who asks a language server one question and thinks of nothing else.
import { openLanguageServers } from '../language-servers.ts';

const [, , root = '', file = '', ...args] = process.argv;
const toy = { command: process.execPath, args, languages: { toy: 'toy' } };
const servers = openLanguageServers(root, { servers: { toy } });
const { problems } = await servers.diagnose([file], { signal: new AbortController().signal });
console.log(`found ${problems.length}`);
if (process.env['STAY'] !== undefined) setInterval(() => {}, 1_000);
