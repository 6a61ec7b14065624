import fc from 'fast-check';
import { expect, test } from 'vitest';
import { secretValues } from './known-values.ts';
import { createRedactor } from './redactor.ts';

// Made up, and put together here so that no scanner takes this file for a leak.
const filler = 'a8Kq2Zr7Wm4Xt9Bv3Nc6Yp1Ld5Hs0Gj8Fe2Ru7Ti4Oa9Qw3Zx6Cv1Bn5Mk0Lp';
const some = (count: number): string => filler.repeat(4).slice(0, count);
const hex = (count: number): string => '4f9a1c7e2b8d3065'.repeat(8).slice(0, count);

const secrets: readonly (readonly [string, string])[] = [
  ['aws-access-key', `AKIA${'Q7R2TZ5WMX3BVN6Y'}`],
  ['github-token', `ghp_${some(36)}`],
  ['github-token', `github_pat_${some(22)}_${some(59)}`],
  ['gitlab-token', `glpat-${some(20)}`],
  ['slack-token', `xoxb-${'123456789012-1234567890123-'}${some(24)}`],
  ['slack-webhook', `hooks.slack.com/services/T0${some(8)}/B0${some(8)}/${some(24)}`],
  ['openai-key', `sk-proj-${some(48)}`],
  ['openai-key', `sk-${some(48)}`],
  ['anthropic-key', `sk-ant-api03-${some(90)}`],
  ['openrouter-key', `sk-or-v1-${hex(64)}`],
  ['stripe-key', `sk_live_${some(24)}`],
  ['google-api-key', `AIza${some(35)}`],
  ['google-oauth', `ya29.${some(60)}`],
  ['google-oauth', `GOCSPX-${some(28)}`],
  ['npm-token', `npm_${some(36)}`],
  ['pypi-token', `pypi-${some(90)}`],
  ['hugging-face-token', `hf_${some(34)}`],
  ['digitalocean-token', `dop_v1_${hex(64)}`],
  ['sendgrid-key', `SG.${some(22)}.${some(43)}`],
  ['mailgun-key', `key-${hex(32)}`],
  ['twilio-key', `SK${hex(32)}`],
  ['shopify-token', `shpat_${hex(32)}`],
  ['square-token', `sq0atp-${some(22)}`],
  ['linear-key', `lin_api_${some(40)}`],
  ['figma-token', `figd_${some(40)}`],
  ['vault-token', `hvs.${some(60)}`],
  ['databricks-token', `dapi${hex(32)}`],
  ['postman-key', `PMAK-${hex(24)}-${hex(34)}`],
  ['grafana-token', `glsa_${some(32)}_${hex(8)}`],
  ['jwt', `eyJ${some(20)}.eyJ${some(40)}.${some(43)}`],
  ['groq-key', `gsk_${some(52)}`],
  ['docker-token', `dckr_pat_${some(27)}`],
  ['rubygems-key', `rubygems_${hex(48)}`],
  ['telegram-token', `123456789:AA${some(33)}`],
  ['airtable-token', `pat${some(14)}.${hex(64)}`],
  ['supabase-key', `sbp_${hex(40)}`],
];

const inContext: readonly (readonly [string, string])[] = [
  [`password = "${'tr0ub4dor&3x'}"`, 'tr0ub4dor&3x'],
  [`DB_PASSWORD=${'hunter2hunter'}`, 'hunter2hunter'],
  [`"password": "${'S3cure!pass'}"`, 'S3cure!pass'],
  [`api_key: ${hex(32)}`, hex(32)],
  [`API_KEY='${some(24)}'`, some(24)],
  [`"clientSecret": "${some(32)}"`, some(32)],
  [`aws_secret_access_key = ${some(40)}`, some(40)],
  [`Authorization: Bearer ${some(40)}`, some(40)],
  [`curl -H "Authorization: Basic ${some(28)}=="`, some(28)],
  [`postgres://app:${'s3cr3tpw9'}@db.acme.dev:5432/x`, 's3cr3tpw9'],
  [`https://x.y/?access_token=${some(30)}&a=1`, some(30)],
  [`AccountKey=${some(86)}==;EndpointSuffix=x`, some(86)],
  [`-----BEGIN RSA PRIVATE KEY-----\n${some(64)}\n${some(64)}\n-----END RSA PRIVATE KEY-----`, some(64)],
  [`"-----BEGIN PRIVATE KEY-----\\n${some(64)}\\n-----END PRIVATE KEY-----\\n"`, some(64)],
  [`mail jane.doe@acme.dev today`, 'jane.doe@acme.dev'],
  [`call +49 30 901820123 now`, '+49 30 901820123'],
  [`call (415) 555-2671`, '(415) 555-2671'],
  [`call +1-415-555-2671.`, '+1-415-555-2671'],
  [`iban DE89 3704 0044 0532 0130 00.`, 'DE89 3704 0044 0532 0130 00'],
  [`iban GB82WEST12345698765432`, 'GB82WEST12345698765432'],
  [`card 4111 1111 1111 1111`, '4111 1111 1111 1111'],
  [`card 5555-5555-5555-4444`, '5555-5555-5555-4444'],
  [`card 378282246310005`, '378282246310005'],
];

const harmless: readonly string[] = [
  'commit 3f786850e387550fdab836ed7e6dc881de23001b',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '"integrity": "sha512-7+OCfW5bZc4Yq9nTUtZ0vQTVYJpJ0G1+4v5bUQDoZxTQOTvdwF0mA6lUkGq8lD3nGxqZ6k1E2V0q7wYVgqPHdA=="',
  'id: 550e8400-e29b-41d4-a716-446655440000',
  'const token = await getToken();',
  'password: string;',
  'const password = process.env.DB_PASSWORD;',
  'api_key = os.environ["API_KEY"]',
  'apiKey: ${API_KEY}',
  'API_KEY=your-api-key-here',
  'password = "password"',
  'PASSWORD=changeme',
  'token: "<your token>"',
  'secretKey: SecretKey,',
  'passport.authenticate("local")',
  'author: Jane Doe',
  '"key": "settings.profile.title"',
  'tokens: 1234',
  'maxTokens = 4096;',
  'keyboard: "qwerty"',
  'const cacheKey = `user:${id}:posts`;',
  'total_tokens: 1532, cost: 0.0123',
  'npm i @capstan/sdk@1.2.3',
  'uses: actions/checkout@v4',
  'git@github.com:acme/app.git',
  'logo@2x.png',
  '@decorator() class A {}',
  'version 10.20.30.40 build 20240131',
  'at 2024-01-31T12:34:56.789Z',
  'timestamp 1706704496789',
  'range 100-200, 300-400',
  'order 1234567890123456',
  '1111 2222 3333 4444',
  'postgres://user:password@localhost/db',
  'https://example.com/a:b@c',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
  'import { createAgent } from "@capstan/sdk";',
  'The password must be at least 12 characters long.',
  'error: "password": "Password is required"',
  'sk-learn is imported as sklearn',
  'class PasswordHasher extends Hasher {}',
  'if (user.token === other.token) return true;',
  'see src/redact/token-kinds.ts:12',
  '0xdeadbeefcafebabe',
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A',
  '-----BEGIN CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----',
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 user@host',
];

const { redact } = createRedactor();

test.each(secrets)('%s is hidden', (kind, secret) => {
  expect(redact(`a ${secret} b`)).toBe(`a [redacted:${kind}] b`);
});

test.each(inContext)('%j hides its value', (text, value) => {
  const shown = redact(text);
  expect(shown).not.toContain(value);
  expect(shown).toContain('[redacted:');
});

test.each(harmless)('%j stays as it is', (text) => {
  expect(redact(text)).toBe(text);
});

test('known values are hidden in every spelling', () => {
  const value = 'correct horse/battery+staple';
  const redactor = createRedactor({ known: [value] });
  const texts = [
    value,
    encodeURIComponent(value),
    `x${btoa(`ab${value}cd`)}`,
    btoa(value),
    btoa(`a${value}`),
    JSON.stringify({ value }),
  ];
  for (const text of texts) expect(redactor.redact(text)).toContain('[redacted:known]');
});

test('numbered placeholders give the value back', () => {
  const redactor = createRedactor({ reversible: true });
  const text = `key ghp_${some(36)} and ghp_${some(36)}, mail jane@acme.dev`;
  const shown = redactor.redact(text);
  expect(shown).toBe('key «secret:1» and «secret:1», mail «email:2»');
  expect(redactor.restore(shown)).toBe(text);
});

test('ordinary text is given out at once, but for the word that is not at its end', () => {
  const stream = createRedactor().stream();
  expect(stream.write('Hello there, how are ')).toBe('Hello there, how are ');
  expect(stream.write('you')).toBe('');
  expect(stream.write(' today')).toBe('you ');
  expect(stream.end()).toBe('today');
});

test('a line without blanks is not held back without bound', () => {
  const stream = createRedactor().stream();
  expect(stream.write('x'.repeat(100_000)).length).toBeGreaterThan(95_000);
});

test('likely secrets of an environment are picked by name', () => {
  expect(secretValues({ PATH: '/usr/bin', API_TOKEN: 'abcdefgh1', HOME: '/home/x', AUTH_SOCK: '/tmp/x' })).toEqual([
    'abcdefgh1',
  ]);
});

test('the result does not depend on where the text is split', () => {
  const pieces = [
    ...secrets.map(([, text]) => text),
    ...inContext.map(([text]) => text),
    ...harmless,
    'password',
    '=',
    ' ',
    '"',
    '\n',
    ': ',
    '-----BEGIN ',
    'Bearer ',
    '4111',
    ' 1111',
    '+49 ',
    'known value ',
    'known value here',
    some(3000),
  ];
  const options = { known: ['known value here'], nationalIds: true };
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }),
      fc.array(fc.nat(40), { minLength: 1, maxLength: 30 }),
      (parts, sizes) => {
        const text = parts.join('');
        const stream = createRedactor(options).stream();
        let out = '';
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = 1 + (sizes[turn % sizes.length] ?? 1);
          out += stream.write(text.slice(at, at + size));
          at += size;
        }
        expect(out + stream.end()).toBe(createRedactor(options).redact(text));
      },
    ),
    { numRuns: 400 },
  );
});
