import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback } from './relay-address.ts';

interface Announcement {
  readonly url: string;
  readonly secret: string;
  readonly pid: number;
}

/**
 * Finds the relay that this user runs on this machine, by the file that it writes into his own folder. Whoever listens
 * at the address must prove to know the secret of that file before he is believed; a file that another user could have
 * written counts for nothing. Without a file nothing is asked, and nobody waits.
 *
 * @param folder The relay's folder.
 * @returns Its address; `undefined` when there is none that answers.
 */
export async function announcedRelay(folder: string): Promise<string | undefined> {
  const found = readAnnouncement(join(folder, 'here.json'));
  if (!found || !isRunning(found.pid)) return undefined;
  const { askRelay } = await import('./ask-relay.ts');
  const nonce = randomBytes(16).toString('base64url');
  const path = `/v1/here?nonce=${nonce}`;
  const answer = await askRelay(found.url, { method: 'GET', path, timeoutMs: 500 }).catch(() => undefined);
  const proof = Buffer.from(createHmac('sha256', found.secret).update(`here:${nonce}`).digest('base64url'));
  const given = Buffer.from(String(answer?.json['proof'] ?? ''));
  return given.length === proof.length && timingSafeEqual(given, proof) ? found.url : undefined;
}

function readAnnouncement(file: string): Announcement | undefined {
  try {
    const stats = lstatSync(file);
    const isOwn = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o077) === 0);
    if (!stats.isFile() || !isOwn || stats.size > 10_000) return undefined;
    const { url, secret, pid } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Announcement>;
    if (typeof url !== 'string' || typeof secret !== 'string' || secret.length < 32) return undefined;
    if (typeof pid !== 'number' || !Number.isInteger(pid)) return undefined;
    return URL.canParse(url) && isLoopback(new URL(url).hostname) ? { url, secret, pid } : undefined;
  } catch {
    // None, or none that can be read.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
