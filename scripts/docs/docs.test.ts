import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeBlocks, documents } from './code-blocks.ts';
import type { CodeBlock } from './code-blocks.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const pages = documents(root);
const blocks = pages.flatMap((document) => codeBlocks(root, document));

test(
  'every TypeScript block of the documentation compiles, and the CommonJS example',
  { timeout: 60_000 },
  async () => {
    const folder = join(root, 'examples/snippets/from-docs');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const typed = blocks.filter(({ language }) => language === 'ts');
    for (const { document, line, code } of typed) {
      const name = `${document.replace(/\.md$/, '').replaceAll(/\W+/g, '-')}-${line}.ts`;
      writeFileSync(join(folder, name), `${code}\nexport {};\n`);
    }
    const quiet = { noEmit: true, composite: false, incremental: false, rewriteRelativeImportExtensions: false };
    const compilerOptions = { ...quiet, allowJs: true, checkJs: true };
    const config = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['.', '../src'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    expect(await compilerErrors(['-p', folder])).toBe('');
    expect(typed.length).toBeGreaterThan(0);
  },
);

test('every example on the scripted model runs', { timeout: 600_000 }, async () => {
  const folder = join(root, 'examples/snippets/from-docs');
  const scratch = mkdtempSync(join(tmpdir(), 'capstan-docs-'));
  try {
    const runnable = blocks.filter(({ language, code }) => language === 'ts' && code.includes('scriptedModel('));
    expect(runnable.length).toBeGreaterThan(5);
    for (const block of runnable) {
      const flags = ['--conditions=@capstan/source', '--disable-warning=ExperimentalWarning'];
      const file = join(folder, fileNameOf(block));
      await promisify(execFile)(process.execPath, [...flags, file], { cwd: scratch, timeout: 120_000 });
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test('the README shows the checked example word for word', () => {
  const example = readFileSync(join(root, 'examples/snippets/src/embed.mts'), 'utf8');
  const shown = blocks.filter(({ document }) => document === 'README.md').map(({ code }) => code);
  expect(shown).toContain(example);
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

test('every link between documents leads somewhere', () => {
  const broken = pages.flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8').replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    return local
      .filter((target) => !existsSync(join(root, dirname(document), target)))
      .map((target) => `${document}: ${target}`);
  });
  expect(broken).toEqual([]);
});

function fileNameOf({ document, line }: CodeBlock): string {
  return `${document.replace(/\.md$/, '').replaceAll(/\W+/g, '-')}-${line}.ts`;
}

/** What tsc says, without colours; empty when it is content. */
async function compilerErrors(args: readonly string[]): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = promisify(execFile)(process.execPath, [tsc, ...args], { cwd: root, maxBuffer: 16_000_000 });
  return run.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; message: string }) => error.stdout ?? error.message,
  );
}
