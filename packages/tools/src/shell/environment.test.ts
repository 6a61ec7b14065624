import { expect, test } from 'vitest';
import { cleanEnvironment } from './environment.ts';

test.each([
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'NPM_TOKEN',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'PGPASSWORD',
  'MYSQL_PWD',
  'DB_PASS',
  'JWT_SECRET',
  'SESSION_SECRET',
  'TWILIO_AUTH_TOKEN',
  'npm_config__authToken',
  'npm_config_//registry.example/:_authToken',
  'GIT_ASKPASS',
  'SENTRY_DSN',
  'apikey',
  'MyApiKey',
])('%s is not handed on', (name) => {
  expect(cleanEnvironment({ [name]: 'value' })).not.toHaveProperty([name]);
});

test.each([
  ['a key of a vendor', 'sk-proj-abcdefghijklmnop'],
  ['a token of a forge', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'],
  ['an address with a password', 'postgres://me:secret@db.example/x'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
  ['a signed token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
])('%s is not handed on under any name', (_, value) => {
  expect(cleanEnvironment({ HARMLESS: value })).not.toHaveProperty('HARMLESS');
});

test.each([
  'PATH',
  'HOME',
  'LANG',
  'SSH_AUTH_SOCK',
  'XAUTHORITY',
  'PWD',
  'OLDPWD',
  'TOKENIZERS_PARALLELISM',
  'XDG_SESSION_TYPE',
  'NODE_OPTIONS',
  'MONKEY',
])('%s is handed on', (name) => {
  expect(cleanEnvironment({ [name]: 'value' })).toHaveProperty(name, 'value');
});

test('a proxy with a password stays, and what is to be kept, and what is added wins', () => {
  const given = { HTTPS_PROXY: 'http://me:secret@proxy:1', DATABASE_URL: 'postgres://me:secret@db/x', PAGER: 'less' };
  const clean = cleanEnvironment(given, { keep: ['DATABASE_URL'], add: { TERM: 'xterm' } });
  expect(clean).toMatchObject({ ...given, PAGER: 'cat', TERM: 'xterm' });
});
