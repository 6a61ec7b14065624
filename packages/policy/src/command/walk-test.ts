import type { TestExpression } from 'unbash';
import { arithmeticText } from './arithmetic.ts';
import { note } from './state.ts';
import type { Context, State } from './state.ts';
import { expandWhole } from './words.ts';

const numeric = /^-(?:eq|ne|lt|le|gt|ge)$/;

/** Looks at a `[[ … ]]` test, some operators of which evaluate their words again. */
export function walkTest(test: TestExpression, state: State, context: Context): void {
  switch (test.type) {
    case 'TestUnary':
      if (/^-[vR]$/.test(test.operator) && !/^[a-zA-Z_]\w*$/.test(test.operand.text)) {
        note(context, `\`[[ ${test.operator} ]]\` evaluates an index, which can run commands`);
      }
      expandWhole(test.operand, state, context);
      return;
    case 'TestBinary':
      for (const word of [test.left, test.right]) {
        const field = expandWhole(word, state, context);
        if (!numeric.test(test.operator)) continue;
        if (field.known) arithmeticText(field.text, state, context);
        else arithmeticText(word.text.replaceAll('"', ''), state, context);
      }
      return;
    case 'TestLogical':
      for (const operand of test.operands) walkTest(operand, state, context);
      return;
    case 'TestNot':
      walkTest(test.operand, state, context);
      return;
    case 'TestGroup':
      walkTest(test.expression, state, context);
      return;
    default:
      test satisfies never;
  }
}
