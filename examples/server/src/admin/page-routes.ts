import { readFileSync } from 'node:fs';
import type { Route } from '../http/route.ts';
import { sendText } from '../http/send.ts';

const files = [
  ['/admin', 'index.html', 'text/html; charset=utf-8'],
  ['/admin/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/admin/page.js', 'page.mjs', 'text/javascript; charset=utf-8'],
] as const;

/** Nothing from elsewhere, nothing inline, in no frame; and the page cannot send what it knows anywhere else. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The administrator's page. It holds nothing secret: what it shows it asks for with the key that is typed into it. */
export function adminPageRoutes(): readonly Route[] {
  return files.map(([path, name, type]) => {
    const text = readAsset(name);
    return {
      method: 'GET',
      path,
      handle: ({ response }) => sendText(response, 200, text, { ...headers, 'content-type': type }),
    };
  });
}

/** `assets` lies beside `dist`, and beside `src`. */
function readAsset(name: string): Buffer {
  const places = ['../assets/admin/', '../../assets/admin/'].map((place) => new URL(place + name, import.meta.url));
  for (const place of places) {
    try {
      return readFileSync(place);
    } catch {
      // The other place is it.
    }
  }
  throw new Error(`The file ${name} of the administrator's page is missing. Install capstan-server again.`);
}
