import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultGateSettings } from '../gate/gate-settings.ts';
import { openParts, type RelayParts } from '../gate/open-parts.ts';
import { startHttp, type HttpServer } from '../http/server.ts';
import { adminRoutes } from './admin-routes.ts';
import { adminPageRoutes } from './page-routes.ts';

const { CAPSTAN_TEST_CHROMIUM: executablePath } = process.env;
const now = Date.UTC(2026, 10, 20, 12);
const clock = () => now;
const key = 'an-administrators-key-of-32-chars!';
const evil = '<img src=x onerror="window.hit = 1"><script>window.hit = 1</script>';

describe.skipIf(!executablePath)('the page of the administrator', () => {
  let browser: Browser;
  let parts: RelayParts;
  let server: HttpServer;
  let deviceId: string;

  beforeAll(async () => {
    parts = await openParts({ settings: defaultGateSettings, env: {}, databasePath: ':memory:', clock });
    ({ deviceId } = await parts.devices.issue({ label: evil, organisation: 'acme' }));
    for (let at = 0; at < 40; at += 1) {
      parts.ledger.record({
        deviceId,
        organisation: 'acme',
        model: at % 3 === 0 ? evil : 'anthropic/claude-sonnet-4-5',
        failed: at % 10 === 0,
        ms: 120 * (at + 1),
        usage: { inputTokens: 1000 + at, outputTokens: 100 },
        costMicros: 4500,
      });
    }
    await parts.ledger.flush();
    const upstreams = () => [
      {
        name: 'anthropic',
        state: 'closed' as const,
        active: 2,
        waiting: 0,
        keys: [{ shown: 'sk-…abcd', state: 'ready' }],
      },
      { name: 'openai', state: 'open' as const, active: 0, waiting: 0, keys: [] },
    ];
    const options = { key, parts, clock, startedAt: now, version: '1.2.3', upstreams };
    const routes = [...adminRoutes(options), ...adminPageRoutes()];
    server = await startHttp({ host: '127.0.0.1', port: 0, routes, observers: [], hosts: ['127.0.0.1'] });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await server.drain({ deadlineMs: 0 });
    await parts.close();
  });

  async function openPage(): Promise<{ readonly page: Page; readonly faults: string[]; readonly asked: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
    const faults: string[] = [];
    const asked: string[] = [];
    await page.clock.setFixedTime(now);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${server.url}/admin`);
    return { page, faults, asked };
  }

  async function enter(page: Page, typed: string): Promise<void> {
    await page.getByLabel('Administrator’s key').fill(typed);
    await page.getByRole('button', { name: 'Open' }).click();
  }

  test('shows nothing without the right key', async () => {
    const { page, asked } = await openPage();
    await enter(page, 'a-wrong-key-of-a-good-many-characters');
    await page.getByText('The key is not right.').waitFor();
    expect(await page.locator('#opened').isVisible()).toBe(false);
    expect(asked.some((url) => url.includes('wrong-key'))).toBe(false);
    await page.close();
  });

  test('shows usage, errors, latency, upstreams and devices, and runs nothing that a client wrote', async () => {
    const { page, faults, asked } = await openPage();
    await enter(page, key);
    await page.getByText('40', { exact: true }).first().waitFor();
    const cards = await page.locator('.card').allTextContents();
    expect(cards).toEqual(expect.arrayContaining(['40calls', '10.0 %failed', '40.8Kprompt tokens', '$0.1800cost']));
    // A bar for each day, and in today's both colours.
    expect(await page.locator('#calls-chart g').count()).toBe(30);
    const today = page.locator('#calls-chart g').last();
    expect(await today.locator('title').textContent()).toContain('40 calls, 4 failed');
    expect(Number(await today.locator('rect.calls').getAttribute('height'))).toBeGreaterThan(100);
    expect(Number(await today.locator('rect.errors').getAttribute('height'))).toBeGreaterThan(5);
    expect(await page.locator('#latency-chart g').count()).toBe(6);
    expect(await page.locator('#upstreams').textContent()).toContain('sk-…abcd ready');
    // What a client wrote is there as it is, as text.
    expect(await page.locator('#devices').textContent()).toContain(evil);
    expect(await page.locator('#models').textContent()).toContain(evil);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(faults).toEqual([]);
    expect(asked.every((url) => url.startsWith(server.url) && !url.includes(key))).toBe(true);
    const shot = process.env['CAPSTAN_TEST_SCREENSHOTS'];
    if (shot) await page.screenshot({ path: `${shot}/admin.png`, fullPage: true });
    await page.close();
  });

  test('stops, resumes and revokes a device', async () => {
    const { page } = await openPage();
    await enter(page, key);
    await page.getByRole('button', { name: `Stop ${deviceId}` }).click();
    await page.getByText('stopped: The administrator stopped it.').waitFor();
    await page.getByRole('button', { name: `Resume ${deviceId}` }).click();
    await page.getByText('in use').waitFor();
    await page.getByRole('button', { name: `Revoke ${deviceId}` }).click();
    expect((await parts.devices.list())[0]?.revokedAt).toBeNull();
    await page.getByRole('button', { name: `Revoke for ever ${deviceId}` }).click();
    await page.getByText('revoked', { exact: true }).waitFor();
    expect((await parts.devices.list())[0]?.revokedAt).not.toBeNull();
    await page.close();
  });

  test('keeps the key nowhere, and forgets it when it is left', async () => {
    const { page } = await openPage();
    await enter(page, key);
    await page.getByRole('button', { name: 'Leave' }).waitFor();
    const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])');
    expect(kept).not.toContain(key);
    expect(await page.content()).not.toContain(key);
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByLabel('Administrator’s key').waitFor();
    expect(await page.locator('#opened').isVisible()).toBe(false);
    await page.close();
  });

  test('lets no script run that is not its own', async () => {
    const { page } = await openPage();
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hit = 1' }))",
    );
    expect(await page.evaluate('window.hit')).toBeUndefined();
    const left = await page.evaluate("fetch('http://127.0.0.1:1/').then(() => 'sent', (error) => error.message)");
    expect(left).toMatch(/Failed to fetch/);
    await page.close();
  });
});

test('the files of the page are sent with a policy that lets nothing in from elsewhere', async () => {
  const server = await startHttp({ host: '127.0.0.1', port: 0, routes: adminPageRoutes(), observers: [] });
  for (const path of ['/admin', '/admin/page.css', '/admin/page.js']) {
    const reply = await fetch(server.url + path);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(reply.headers.get('x-frame-options')).toBe('DENY');
    expect(await reply.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  }
  await server.drain({ deadlineMs: 0 });
});
