import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareCommand } from './bare-command.ts';
import { partsOf } from './line-parts.ts';
import { purposesOf } from './purposes-of.ts';

test.each([
  ['npm ci', ['install']],
  ['npm install -g npm@latest', []],
  ['npm t', ['test']],
  ['npm run test:unit -- --coverage', ['test']],
  ['pnpm --filter web build', ['build']],
  ['pnpm -r run typecheck', ['typecheck']],
  ['pnpm run --filter @acme/web test:all', ['test']],
  ['yarn', ['install']],
  ['yarn install --immutable', ['install']],
  ['yarn workspace web test', ['test']],
  ['yarn lint', ['lint']],
  ['bun run dev', ['dev']],
  ['npx tsc --noEmit', ['typecheck']],
  ['tsc -p tsconfig.build.json', ['build']],
  ['NODE_ENV=test npx jest --ci', ['test']],
  ['vitest bench --run', ['bench']],
  ['turbo run build test --filter=web', ['build', 'test']],
  ['npx nx run-many -t lint test', ['lint', 'test']],
  ['poetry run pytest -q', ['test']],
  ['uv run --frozen mypy src', ['typecheck']],
  ['python -m unittest discover -s tests', ['test']],
  ['python manage.py test', ['test']],
  ['pip install --upgrade pip', []],
  ['pip install -r requirements-dev.txt', ['install']],
  ['tox run -e typing', ['typecheck']],
  ['tox -e py312,lint', ['test', 'lint']],
  ['go test ./... -race', ['test']],
  ['go test -bench=. ./...', ['bench']],
  ['golangci-lint run', ['lint']],
  ['cargo clippy -- -D warnings', ['lint']],
  ['make check-types', ['typecheck']],
  ['just lint', ['lint']],
  ['cd web && npm ci && npm run build', ['install', 'build']],
  ['scripts/test', ['test']],
  ['./script/lint.sh --all', ['lint']],
  ['bash ci/build.sh', ['build']],
  ['scripts/release', []],
  ['echo hello', []],
  ['git push', []],
])('%s', (line, purposes) => {
  expect(purposesOf(line)).toEqual(purposes);
});

test('a line is split where a shell would, and cd is followed', () => {
  expect(partsOf(`cd a/b && echo "x && y" ; (cd ../c; npm test || true) &`)).toEqual([
    { command: 'echo "x && y"', folder: 'a/b' },
    { command: 'npm test', folder: 'a/c' },
    { command: 'true', folder: 'a/c' },
  ]);
});

test('any text is told without a fault, in linear time', () => {
  const word = fc.constantFrom(
    'npm',
    'run',
    'test',
    '-w',
    '--filter',
    '=',
    '&&',
    '"',
    "'",
    ';',
    'a'.repeat(40),
    ' ',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.string(), (words, text) => {
      const began = performance.now();
      purposesOf(words.join(' '));
      purposesOf(text);
      bareCommand(text);
      expect(performance.now() - began).toBeLessThan(500);
    }),
  );
});
