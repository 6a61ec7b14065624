import type { RunEffect } from '../effect/effect.ts';
import type { CommandClass } from './command-class.ts';

/**
 * Tells whether a simple command is meant by a pattern.
 *
 * A pattern is a class (`@reads`) or words: each must equal the command's word at its place, `*` stands for any one
 * word, and a final `**` for any number of further words, none included.
 */
export function matchCommand(effect: RunEffect, pattern: string, classes: readonly CommandClass[]): boolean {
  if (pattern.startsWith('@')) return classes.some((name) => name === pattern);
  const wanted = pattern.split(/\s+/).filter((word) => word !== '');
  const words = effect.argv;
  if (!words || wanted.length === 0) return false;
  const open = wanted.at(-1) === '**';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  return fixed.every((word, index) => word === '*' || word === words[index]);
}
