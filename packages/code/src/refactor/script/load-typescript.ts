import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type ts from 'typescript-6';

/** The compiler's programming interface. */
export type TypeScript = typeof ts;

/**
 * Loads TypeScript with a language service: the repository's own when it has one of version 5.4 to 6, so that types mean
 * what they mean to its compiler; else ours.
 *
 * @throws {CapstanError} `not_found` when neither is there.
 */
export async function loadTypeScript(root: string): Promise<TypeScript> {
  const own = ownTypeScript(root);
  if (own) return own;
  try {
    const loaded: { readonly default: TypeScript } = await import('typescript-6');
    return loaded.default;
  } catch (cause) {
    throw new CapstanError(
      'not_found',
      'Refactors of TypeScript and JavaScript need TypeScript 5.4 to 6. Install it: npm install --save-dev typescript@6',
      { where: 'typescript' },
      { cause },
    );
  }
}

function ownTypeScript(root: string): TypeScript | undefined {
  try {
    const require = createRequire(join(root, 'package.json'));
    const { version } = require('typescript/package.json') as { readonly version: string };
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > 6 || major < 5 || (major === 5 && minor < 4)) return undefined;
    return require('typescript') as TypeScript;
  } catch {
    return undefined;
  }
}
