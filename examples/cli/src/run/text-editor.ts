import { spawnSync } from 'node:child_process';
import { CapstanError } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';

/** Opens a file in the user's own editor and waits for its end; the terminal is the editor's meanwhile. */
export function editFile(path: string, { env }: Pick<Io, 'env'>): void {
  const editor = env['VISUAL'] || env['EDITOR'];
  if (!editor) {
    throw new CapstanError('invalid_config', 'Set EDITOR to the editor you like, for example: export EDITOR=vim', {
      where: 'EDITOR',
    });
  }
  const { status, error } = spawnSync(`${editor} "$CAPSTAN_FILE"`, {
    stdio: 'inherit',
    shell: true,
    env: { ...env, CAPSTAN_FILE: path },
  });
  if (error || status !== 0)
    throw new CapstanError('invalid_config', `${editor} ended with ${status ?? error?.message}.`, { where: 'EDITOR' });
}
