import { expect, test } from 'vitest';
import { createRedactor } from './redactor.ts';

// Made up from a seed: no line here is a secret, and a failure comes again.
let state = 20_261_121;
function byte(): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return (state >> 12) & 255;
}
const pick = (letters: string, count: number): string =>
  Array.from({ length: count }, () => letters[byte() % letters.length] ?? '').join('');
const lower = 'abcdefghijklmnopqrstuvwxyz';
const al = (count: number) => pick(`${lower}${lower.toUpperCase()}0123456789`, count);
const low = (count: number) => pick(`${lower}0123456789`, count);
const up = (count: number) => pick(`${lower.toUpperCase()}234567`, count);
const hex = (count: number) => pick('0123456789abcdef', count);
const dig = (count: number) => pick('0123456789', count);
const b64 = (bytes: number) => Buffer.from(Array.from({ length: bytes }, byte)).toString('base64');
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const pem = (title: string, bytes: number) =>
  `-----BEGIN ${title}-----\n${b64(bytes)
    .match(/.{1,64}/g)
    ?.join('\n')}\n-----END ${title}-----`;
const b64u = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const secrets: readonly (readonly [string, () => string, string | ((secret: string) => string)])[] = [
  ['aws key id', () => 'AKIA' + up(16), 'aws_access_key_id = %s'],
  ['aws secret', () => b64(30), 'aws_secret_access_key = %s'],
  ['aws session token', () => b64(120), 'AWS_SESSION_TOKEN=%s'],
  ['github classic', () => 'ghp_' + al(36), 'git clone https://x:%s@github.com/a/b'],
  ['github fine', () => 'github_pat_' + al(22) + '_' + al(59), 'GH=%s'],
  ['github app', () => 'ghs_' + al(36), 'Authorization: token %s'],
  ['gitlab', () => 'glpat-' + al(20), 'curl -H "PRIVATE-TOKEN: %s" https://gitlab.com'],
  ['gitlab runner', () => 'glrt-' + al(20), 'token: %s'],
  ['slack bot', () => `xoxb-${dig(12)}-${dig(12)}-${al(24)}`, 'SLACK=%s'],
  ['slack app', () => `xapp-1-${up(11)}-${dig(13)}-${hex(64)}`, '"%s"'],
  ['slack hook', () => `https://hooks.slack.com/services/T${up(8)}/B${up(8)}/${al(24)}`, 'url: %s'],
  ['discord hook', () => `https://discord.com/api/webhooks/${dig(18)}/${al(68)}`, 'post to %s'],
  ['discord bot', () => `${Buffer.from(dig(18)).toString('base64url')}.${al(6)}.${al(38)}`, 'DISCORD_TOKEN=%s'],
  ['stripe live', () => 'sk_live_' + al(24), "stripe('%s')"],
  ['stripe restricted', () => 'rk_live_' + al(24), 'key=%s'],
  ['stripe webhook', () => 'whsec_' + al(32), 'STRIPE_WH=%s'],
  ['openai', () => 'sk-' + al(20) + 'T3BlbkFJ' + al(20), 'OPENAI_API_KEY=%s'],
  ['openai project', () => 'sk-proj-' + al(80), 'export X="%s"'],
  ['anthropic', () => 'sk-ant-api03-' + al(93) + 'AA', 'x-api-key: %s'],
  ['openrouter', () => 'sk-or-v1-' + hex(64), '%s'],
  ['google api', () => 'AIza' + al(35), 'https://maps.googleapis.com/?key=%s'],
  ['google oauth', () => 'ya29.' + al(60), 'Bearer %s'],
  ['google client secret', () => 'GOCSPX-' + al(28), '"client_secret":"%s"'],
  [
    'gcp service account',
    () => b64(90),
    (s) => `{"private_key": "-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----\n"}`,
  ],
  ['npm', () => 'npm_' + al(36), '//registry.npmjs.org/:_authToken=%s'],
  ['npmrc old', () => uuid(), '//registry.npmjs.org/:_authToken=%s'],
  ['pypi', () => 'pypi-AgEIcHlwaS5vcmc' + al(70), 'password = %s'],
  ['rubygems', () => 'rubygems_' + hex(48), ':rubygems_api_key: %s'],
  ['docker pat', () => 'dckr_pat_' + al(27), 'docker login -p %s'],
  ['hf', () => 'hf_' + al(34), 'HF_TOKEN=%s'],
  ['groq', () => 'gsk_' + al(52), '%s'],
  ['xai', () => 'xai-' + al(80), '%s'],
  ['replicate', () => 'r8_' + al(37), '%s'],
  ['perplexity', () => 'pplx-' + al(48), '%s'],
  ['digitalocean', () => 'dop_v1_' + hex(64), '%s'],
  ['sendgrid', () => `SG.${al(22)}.${al(43)}`, 'SENDGRID=%s'],
  ['mailgun', () => 'key-' + hex(32), 'api:%s'],
  ['mailchimp', () => hex(32) + '-us12', 'MAILCHIMP_API_KEY=%s'],
  ['twilio', () => 'SK' + hex(32), 'twilio %s'],
  ['twilio auth', () => hex(32), 'TWILIO_AUTH_TOKEN=%s'],
  ['shopify', () => 'shpat_' + hex(32), '%s'],
  ['square', () => 'sq0atp-' + al(22), '%s'],
  ['paypal braintree', () => `access_token$production$${low(16)}$${hex(32)}`, '%s'],
  ['facebook', () => 'EAA' + al(120), 'fb: %s'],
  ['linear', () => 'lin_api_' + al(40), '%s'],
  ['notion', () => 'ntn_' + al(46), '%s'],
  ['figma', () => 'figd_' + al(40), '%s'],
  ['vault', () => 'hvs.' + al(90), '%s'],
  ['databricks', () => 'dapi' + hex(32), '%s'],
  ['doppler', () => 'dp.pt.' + al(43), '%s'],
  ['planetscale', () => 'pscale_tkn_' + al(43), '%s'],
  ['postman', () => `PMAK-${hex(24)}-${hex(34)}`, '%s'],
  ['newrelic', () => 'NRAK-' + up(27), '%s'],
  ['sentry', () => 'sntrys_' + al(60), '%s'],
  ['grafana', () => 'glsa_' + al(32) + '_' + hex(8), '%s'],
  ['atlassian', () => 'ATATT3xFfGF0' + al(170) + '=' + up(8), '%s'],
  ['dropbox', () => 'sl.' + al(135), '%s'],
  ['airtable', () => `pat${al(14)}.${hex(64)}`, '%s'],
  ['supabase', () => 'sbp_' + hex(40), '%s'],
  ['age', () => 'AGE-SECRET-KEY-1' + up(58).replace(/[^A-Z0-9]/g, 'Q'), '%s'],
  [
    'jwt',
    () => `${b64u({ alg: 'HS256', typ: 'JWT' })}.${b64u({ sub: dig(8), iat: 1700000000 })}.${al(43)}`,
    'Authorization: Bearer %s',
  ],
  ['tailscale', () => `tskey-auth-${al(12)}CNTRL-${al(32)}`, '%s'],
  ['pulumi', () => 'pul-' + hex(40), '%s'],
  ['netlify', () => 'nfp_' + al(36), '%s'],
  ['heroku', () => uuid(), 'HEROKU_API_KEY=%s'],
  ['heroku new', () => 'HRKU-' + al(60), '%s'],
  ['artifactory', () => 'AKCp' + al(69), '%s'],
  ['telegram', () => `${dig(9)}:AA${al(33)}`, 'bot %s'],
  [
    'azure storage',
    () => b64(64),
    'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=%s;EndpointSuffix=core.windows.net',
  ],
  ['azure sas', () => encodeURIComponent(b64(32)), 'https://x.blob.core.windows.net/c?sv=2020&sig=%s'],
  ['azure ad', () => al(3) + '8Q~' + al(34), 'AZURE_CLIENT_SECRET=%s'],
  ['terraform cloud', () => `${al(14)}.atlasv1.${al(64)}`, '%s'],
  ['cloudflare', () => al(40), 'CLOUDFLARE_API_TOKEN=%s'],
  ['datadog', () => hex(32), 'DD_API_KEY=%s'],
  ['fastly', () => al(32), 'FASTLY_API_TOKEN: %s'],
  ['okta', () => '00' + al(40), 'okta_token = "%s"'],
  ['auth0', () => al(64), 'AUTH0_CLIENT_SECRET=%s'],
  ['algolia', () => hex(32), 'ALGOLIA_ADMIN_KEY="%s"'],
  ['circleci', () => hex(40), 'CIRCLE_TOKEN=%s'],
  ['vercel', () => al(24), 'VERCEL_TOKEN=%s'],
  ['mapbox secret', () => `sk.${b64u({ u: 'abc', a: 'ckx' + low(20) })}.${al(22)}`, '%s'],
  ['fly', () => 'FlyV1 fm2_' + al(120), '%s'],
  ['cohere', () => al(40), 'COHERE_API_KEY=%s'],
  ['deepseek', () => 'sk-' + hex(32), '%s'],
  ['mistral', () => al(32), 'MISTRAL_API_KEY=%s'],
  ['rsa pem', () => pem('RSA PRIVATE KEY', 600), '%s'],
  ['ec pem', () => pem('PRIVATE KEY', 120), 'key:\n%s\n'],
  ['openssh', () => pem('OPENSSH PRIVATE KEY', 250), '%s'],
  ['pgp', () => pem('PGP PRIVATE KEY BLOCK', 250), '%s'],
  ['postgres url', () => 'p' + al(15), 'postgres://app:%s@db.internal:5432/app'],
  ['mongo url', () => al(16), 'mongodb+srv://root:%s@cluster0.abc.mongodb.net/x'],
  ['redis url', () => al(20), 'REDIS_URL=redis://:%s@cache:6379/0'],
  ['basic auth', () => Buffer.from('user:' + al(16)).toString('base64'), 'Authorization: Basic %s'],
  ['bearer opaque', () => al(40), 'Authorization: Bearer %s'],
  ['cookie', () => al(48), 'Cookie: session=%s; a=b'],
  ['password yaml', () => 'Tr0ub4dor&' + dig(3), 'password: "%s"'],
  ['password env', () => 'hX9!' + al(10), 'DB_PASSWORD=%s'],
  ['password json', () => al(14) + '!', '{"user":"a","password":"%s"}'],
  ['passphrase', () => 'correct-h0rse-battery-' + dig(4), "passphrase = '%s'"],
  ['django secret', () => al(50), "SECRET_KEY = '%s'"],
  ['rails master', () => hex(32), 'RAILS_MASTER_KEY=%s'],
  ['jwt secret', () => al(32), 'JWT_SECRET=%s'],
  ['encryption', () => b64(32), 'ENCRYPTION_KEY=%s'],
  ['curl user', () => al(14), 'curl -u admin:%s https://x.dev/'],
  ['netrc', () => al(16), 'machine api.x.dev login bob password %s'],
  ['private key hex', () => hex(64), 'PRIVATE_KEY=0x%s'],
  ['url token', () => hex(40), 'https://api.x.dev/v1?access_token=%s'],
  ['client secret', () => al(36), 'client_secret=%s'],
  ['x-api-key', () => al(32), 'X-API-Key: %s'],
  ['1password', () => 'ops_' + b64u({ email: 'a', key: al(200) }), '%s'],
  ['snyk', () => uuid(), 'SNYK_TOKEN=%s'],
  ['sonar', () => 'sqp_' + hex(40), '%s'],
  ['buildkite', () => 'bkua_' + hex(40), '%s'],
  ['confluent', () => al(64), 'CONFLUENT_API_SECRET=%s'],
  ['elastic', () => al(60), 'Authorization: ApiKey %s'],
  ['launchdarkly', () => 'sdk-' + uuid(), '%s'],
  ['posthog', () => 'phx_' + al(43), '%s'],
  ['resend', () => 're_' + al(8) + '_' + al(24), 'RESEND=%s'],
  ['clerk', () => 'sk_test_' + al(40), '%s'],
  ['neon', () => 'npg_' + al(16), 'postgresql://u:%s@ep-x.neon.tech/db'],
  ['render', () => 'rnd_' + al(28), '%s'],
  ['railway', () => uuid(), 'RAILWAY_TOKEN=%s'],
  ['adafruit', () => 'aio_' + al(28), '%s'],
  ['asana', () => `1/${dig(16)}:${hex(32)}`, 'ASANA_TOKEN=%s'],
];
const lookAlikes: readonly (() => string)[] = [
  () => `id: ${uuid()}`,
  () => `commit ${hex(40)}`,
  () => `${hex(64)}  dist/app.tgz`,
  () => `"integrity": "sha512-${b64(64)}"`,
  () => `  resolved "https://registry.yarnpkg.com/x/-/x-1.0.0.tgz#${hex(40)}"`,
  () => `index ${hex(7)}..${hex(7)} 100644`,
  () => `etag: "${hex(32)}"`,
  () => `<img src="data:image/png;base64,iVBORw0KGgo${b64(60)}">`,
  () => `background: url(data:font/woff2;base64,${b64(80)})`,
  () => `checksum = "${hex(64)}"`,
  () => `sha256:${hex(64)}`,
  () => `image: repo/app@sha256:${hex(64)}`,
  () => `go.sum: github.com/x/y v1.2.3 h1:${b64(32)}`,
  () => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${al(43)} a@b`,
  () => `-----BEGIN CERTIFICATE-----\n${b64(120)}\n-----END CERTIFICATE-----`,
  () => `-----BEGIN PUBLIC KEY-----\n${b64(90)}\n-----END PUBLIC KEY-----`,
  () => 'API_KEY=your-api-key-here',
  () => 'OPENAI_API_KEY=sk-...',
  () => 'export TOKEN=$MY_TOKEN',
  () => 'password: ${DB_PASSWORD}',
  () => 'password: process.env.PASSWORD',
  () => 'const token = await getToken();',
  () => 'if (token === undefined) throw new Error()',
  () => 'type Token = string;',
  () => 'apiKey: string',
  () => 'secretName: app-tls',
  () => 'tokens: 2048',
  () => 'max_tokens=4096',
  () => 'keyboard: qwerty',
  () => 'primary key (id)',
  () => 'foreign key references users(id)',
  () => 'password must have 8 characters',
  () => 'Enter your password:',
  () => 'passwordField.value = ""',
  () => 'token: <YOUR_TOKEN>',
  () => 'Authorization: Bearer <token>',
  () => 'Authorization: Bearer $TOKEN',
  () => 'postgres://user:password@localhost:5432/db',
  () => 'redis://localhost:6379',
  () => 'https://example.com/path?key=value',
  () => 'mongodb://localhost/test',
  () => 'xoxb-your-token',
  () => 'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  () => `v${dig(1)}.${dig(2)}.${dig(1)}-beta.${dig(2)}`,
  () => `2026-11-21T16:15:0${dig(1)}Z`,
  () => `port: ${dig(4)}`,
  () => `const hash = '${hex(8)}';`,
  () => `chunk-${al(8)}.js`,
  () => `main.${hex(8)}.css`,
  () => `request-id: ${hex(32)}`,
  () => `traceparent: 00-${hex(32)}-${hex(16)}-01`,
  () => `build ${dig(10)}`,
  () => `data-testid="${low(12)}"`,
  () => `class="css-${low(6)}"`,
  () => 'aria-keyshortcuts="Control+K"',
  () => `cache-key-${hex(40)}`,
  () => `key={item.id}`,
  () => `keys.map((key) => key.name)`,
  () => 'sk-loading-indicator',
  () => 'task-list-item-checked-state-indicator-element',
  () => 'risk-assessment-of-the-quarterly-report-2026',
  () => 'SECRET_SANTA_LIST=true',
  () => 'authToken,refreshToken',
  () => 'auth: { type: "oauth2" }',
  () => `lastModified: ${dig(13)}`,
  () => `"version": "${dig(1)}.${dig(1)}.${dig(1)}"`,
  () => `"resolution": {"integrity": "sha1-${b64(20)}"}`,
  () => `0x${hex(40)} (address)`,
  () => `uid=${dig(4)}(x) gid=${dig(4)}`,
  () => `LICENSE: MIT`,
  () => `SELECT * FROM tokens WHERE user_id = ${dig(5)}`,
  () => 'token_type: bearer',
  () => 'expires_in: 3600',
  () => 'cookie-parser',
  () => 'jsonwebtoken@9.0.2',
  () => 'passport-local-mongoose',
  () => '@aws-sdk/credential-provider-node',
  () => 'secretlint --format json',
  () => 'KEY_UP = 38',
  () => 'public_key_fingerprint: SHA256:' + b64(32).replace('=', ''),
  () => `nonce-${b64(16)}`,
  () => 'pass@1 rises to 62.4',
  () => 'sessionId: "s"',
  () => `<path d="M${dig(3)}.${dig(2)}l${dig(2)}-${dig(3)}z"/>`,
  () => `"sourcesContent":["${al(200)}"]`,
  () => `AAAA,${'SAAgC,'.repeat(20)}`,
  () => `\\u${hex(4)}\\u${hex(4)}\\u${hex(4)}`,
  () => `digest: ${b64(32)}`,
  () => `Content-MD5: ${b64(16)}`,
  () => `msg-id <${al(20)}@mail.example.com>`,
  () => `color: #${hex(6)}; token-color: #${hex(6)}`,
  () => `token.keyword.operator`,
  () => 'privateKey: fs.readFileSync(path)',
  () => 'password: hashPassword(input)',
  () => 'PASSWORD_MIN_LENGTH=12',
  () => 'forgot_password_url: /auth/forgot',
  () => 'csrf_token: {{ csrf_token }}',
  () => 'secrets.GITHUB_TOKEN',
  () => '${{ secrets.NPM_TOKEN }}',
  () => 'aws_access_key_id = ${var.key}',
  () => 'vault kv get secret/app',
  () => 'kubectl get secret app -o yaml',
];

const redactor = createRedactor({ personal: false });

/** Whether the secret, or a third of it, is still to be read. */
function leaks(secret: string, shown: string): boolean {
  const core = secret.replace(/^https:\/\//, '');
  const at = Math.floor(core.length / 3);
  return shown.includes(core) || shown.includes(core.slice(at, at + Math.min(12, Math.floor(core.length / 2))));
}

test('95 of 100 secrets of a hundred kinds are found', () => {
  const missed: string[] = [];
  for (const [kind, make, context] of secrets) {
    for (let round = 0; round < 10; round += 1) {
      const secret = make();
      const text = typeof context === 'string' ? context.replace('%s', () => secret) : context(secret);
      if (leaks(secret, redactor.redact(text))) missed.push(kind);
    }
  }
  expect(secrets.length).toBeGreaterThan(100);
  expect({ missed, share: missed.length / (secrets.length * 10) < 0.05 }).toMatchObject({ share: true });
});

test('of a hundred kinds of text that only look like secrets, no more than one in a hundred is taken for one', () => {
  const wrong: string[] = [];
  for (const make of lookAlikes) {
    for (let round = 0; round < 10; round += 1) {
      const text = make();
      if (redactor.redact(text) !== text) wrong.push(text);
    }
  }
  expect(lookAlikes.length).toBeGreaterThan(100);
  expect({ wrong, share: wrong.length / (lookAlikes.length * 10) <= 0.01 }).toMatchObject({ share: true });
});
