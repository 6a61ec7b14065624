import type { ReadStream } from 'node:tty';
import { CapstanError } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';

/** Asks a person at the terminal for a line that is not shown. @throws {CapstanError} `aborted` at Ctrl-C. */
export async function askSecret(io: Io, question: string): Promise<string> {
  const terminal = io.stdin as ReadStream;
  await io.err(question);
  terminal.setRawMode(true);
  try {
    return await typedLine(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    await io.err('\n');
  }
}

function typedLine(terminal: ReadStream): Promise<string> {
  return new Promise((settle, fail) => {
    let typed = '';
    const done = (act: () => void) => {
      terminal.off('data', take);
      act();
    };
    const take = (chunk: Buffer | string) => {
      for (const character of chunk.toString()) {
        if (character === '\r' || character === '\n' || character === '\u0004') return done(() => settle(typed));
        if (character === '\u0003') return done(() => fail(new CapstanError('aborted', 'Nothing was kept.')));
        typed = character === '\u007F' || character === '\b' ? typed.slice(0, -1) : typed + character;
      }
    };
    terminal.on('data', take);
  });
}
