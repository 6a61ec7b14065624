import { Command, InvalidArgumentError } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { runRefactor, withRefactorOptions } from '../run/run-refactor.ts';

const help = `
A target is FILE:LINE, FILE:LINE:COLUMN, FILE#name, FILE#Class.member, or a name that is declared once.

Examples:
  capstan refactor rename src/cart.ts#total sum --apply
  capstan refactor extract src/cart.ts:12:10-12:42 --name taxed --variable
  capstan refactor move Item src/item.ts
  capstan refactor imports --dry-run`;

/** `capstan refactor`: changes of code that keep what it does, checked before they are made; no model is asked. */
export function command(cli: Cli): Command {
  const refactor = new Command('refactor').description(
    'Rename, extract, inline, move and split code, with all that uses it; checked before it is made',
  );
  refactor.addHelpText('after', help);
  const add = (made: Command): void => void refactor.addCommand(made);
  add(renameCommand(cli));
  add(extractCommand(cli));
  add(inlineCommand(cli));
  add(moveCommand(cli));
  add(moveFileCommand(cli));
  add(splitCommand(cli));
  add(exportCommand(cli));
  add(importsCommand(cli));
  return refactor;
}

function made(name: string, description: string, examples: readonly string[]): Command {
  const command = withGlobals(withRefactorOptions(new Command(name).description(description)));
  return command.addHelpText(
    'after',
    ['\nExamples:', ...examples.map((line) => `  capstan refactor ${line}`)].join('\n'),
  );
}

function renameCommand(cli: Cli): Command {
  const rename = made('rename', 'Give a symbol another name in TypeScript, JavaScript, Python or Go', [
    'rename src/cart.ts#total sum',
    'rename src/cart.ts:14:9 sum --comments --apply',
    'rename Store.load read --public',
  ])
    .argument('<target>', 'FILE:LINE:COLUMN, FILE#name, or a name')
    .argument('<name>', 'the new name')
    .option('--comments', 'change it in comments too');
  return rename.action((target: string, name: string, { comments = false }: { readonly comments?: boolean }) =>
    runRefactor(cli, rename, { kind: 'rename', target, name, comments }),
  );
}

function extractCommand(cli: Cli): Command {
  const extract = made('extract', 'Make a function, or a variable, of a piece of code', [
    'extract src/cart.ts:12:3-15:4 --name addUp',
    'extract src/cart.ts:12:10-12:42 --name taxed --variable',
  ])
    .argument('<range>', 'FILE:LINE:COLUMN-LINE:COLUMN, the end behind the last character', rangeOf)
    .requiredOption('--name <name>', 'what it is called')
    .option('--variable', 'a variable instead of a function');
  return extract.action((range: Range, flags: { readonly name: string; readonly variable?: boolean }) =>
    runRefactor(cli, extract, {
      kind: 'extract',
      ...range,
      name: flags.name,
      what: flags.variable ? 'variable' : 'function',
    }),
  );
}

function inlineCommand(cli: Cli): Command {
  const inline = made('inline', 'Put a variable or function in where it is used, and take it away', [
    'inline src/cart.ts:13:9',
    'inline src/tools.ts#half --apply',
  ]).argument('<target>', 'FILE:LINE:COLUMN, FILE#name, or a name');
  return inline.action((target: string) => runRefactor(cli, inline, { kind: 'inline', target }));
}

function moveCommand(cli: Cli): Command {
  const move = made('move', 'Move a declaration to another file, with the imports it needs', [
    'move src/cart.ts#Item src/item.ts',
    'move Item src/item.ts --apply --test',
  ])
    .argument('<target>', 'FILE:LINE, FILE#name, or a name')
    .argument('<file>', 'where to; it is made if need be');
  return move.action((target: string, to: string) => runRefactor(cli, move, { kind: 'move', target, to }));
}

function moveFileCommand(cli: Cli): Command {
  const move = made('move-file', 'Move a file, with the imports that lead to it and out of it', [
    'move-file src/cart.ts src/shop/cart.ts',
  ])
    .argument('<from>', 'the file')
    .argument('<to>', 'its new path');
  return move.action((from: string, to: string) => runRefactor(cli, move, { kind: 'move-file', from, to }));
}

function splitCommand(cli: Cli): Command {
  const split = made('split', 'Give each exported declaration of a file a file of its own', [
    'split src/tools.ts',
    'split src/tools.ts --apply --test',
  ]).argument('<file>', 'the file');
  return split.action((path: string) => runRefactor(cli, split, { kind: 'split', path }));
}

function exportCommand(cli: Cli): Command {
  const change = made('export', 'Make a default export a named one, or a named one the default', [
    'export src/cart.ts --named',
    'export src/tools.ts#tax --default',
  ])
    .argument('<target>', 'the file for --named; the declaration for --default')
    .option('--named', 'give the default export its name')
    .option('--default', 'make the declaration the default export');
  return change.action(
    (target: string, { named, default: isDefault }: { readonly named?: boolean; readonly default?: boolean }) => {
      if ((named === true) === (isDefault === true)) {
        throw new CapstanError('invalid_config', 'Give either --named or --default.', { where: '--named' });
      }
      return runRefactor(cli, change, { kind: 'export', target, to: named ? 'named' : 'default' });
    },
  );
}

function importsCommand(cli: Cli): Command {
  const imports = made('imports', 'Sort imports and take those away that nothing uses', [
    'imports',
    'imports src/cart.ts lib/parse.py --apply',
  ]).argument('[files...]', 'source files (default: all)');
  return imports.action((paths: readonly string[]) =>
    runRefactor(cli, imports, { kind: 'imports', ...(paths.length === 0 ? {} : { paths }) }),
  );
}

interface Range {
  readonly path: string;
  readonly from: { readonly line: number; readonly column: number };
  readonly to: { readonly line: number; readonly column: number };
}

function rangeOf(text: string): Range {
  const found = /^(.+):(\d+):(\d+)-(\d+):(\d+)$/.exec(text);
  const [, path, ...numbers] = found ?? [];
  const [fromLine, fromColumn, toLine, toColumn] = numbers.map(Number);
  if (
    path === undefined ||
    fromLine === undefined ||
    fromColumn === undefined ||
    toLine === undefined ||
    toColumn === undefined
  ) {
    throw new InvalidArgumentError('Give FILE:LINE:COLUMN-LINE:COLUMN, for example src/cart.ts:12:10-12:42.');
  }
  return { path, from: { line: fromLine, column: fromColumn }, to: { line: toLine, column: toColumn } };
}
