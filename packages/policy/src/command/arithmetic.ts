import type { ArithmeticExpression } from 'unbash';
import { note, isNumber } from './state.ts';
import type { Context, State } from './state.ts';

/**
 * Looks at arithmetic, where the shell evaluates the values of variables again and so can be made to run commands.
 *
 * Variables that it assigns are numbers afterwards.
 */
export function arithmetic(tree: ArithmeticExpression | undefined, state: State, context: Context): void {
  if (!tree) return;
  switch (tree.type) {
    case 'ArithmeticBinary':
      arithmetic(tree.left, state, context);
      arithmetic(tree.right, state, context);
      if (/^(?:[-+*/%&|^]|<<|>>)?=$/.test(tree.operator)) assign(tree.left, state);
      return;
    case 'ArithmeticUnary':
      arithmetic(tree.operand, state, context);
      return;
    case 'ArithmeticTernary':
      for (const part of [tree.test, tree.consequent, tree.alternate]) arithmetic(part, state, context);
      return;
    case 'ArithmeticGroup':
      arithmetic(tree.expression, state, context);
      return;
    case 'ArithmeticCommandExpansion': {
      const { field } = context.script(tree.script, state);
      if (!field || !isNumber(field)) note(context, 'the output of a command is evaluated as arithmetic');
      return;
    }
    case 'ArithmeticWord':
      arithmeticText(tree.value, state, context);
      return;
    default:
      tree satisfies never;
  }
}

/** The same for the text of an operand: a number, or variables that hold numbers. */
export function arithmeticText(text: string, state: State, context: Context): void {
  if (/^\s*-?[\w#]*\s*$/.test(text) && !/[a-zA-Z_]/.test(text.replace(/^-?(?:0[xX][\da-fA-F]+|\d+#\w+)$/, ''))) return;
  const name = /^\s*\$?\{?#?([a-zA-Z_]\w*|[?#!$\d])\}?\s*$/.exec(text)?.[1];
  if (name === undefined) {
    note(context, `\`${text}\` is evaluated as arithmetic`);
    return;
  }
  const value = state.vars.get(name);
  const positional = /^[1-9]$/.test(name) ? state.args?.[Number(name) - 1] : undefined;
  const sure = value ?? positional;
  if (sure ? !isNumber(sure) : /^[1-9]$/.test(name)) {
    note(context, `the value of \`${name}\` is evaluated as arithmetic, which can run commands`);
  }
}

function assign(left: ArithmeticExpression, state: State): void {
  if (left.type === 'ArithmeticWord' && /^[a-zA-Z_]\w*$/.test(left.value)) {
    state.vars.set(left.value, { text: '0', known: true, number: true });
  }
}
