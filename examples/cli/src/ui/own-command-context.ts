/** Longest output of a command of the person's that goes along, in characters. */
const most = 8000;

/** Puts what a command of the person's printed into words for the model. */
export function commandContext(command: string, output: string, exit: number): string {
  return `<shell command=${JSON.stringify(command)} exit="${exit}">\n${output.slice(-most)}\n</shell>\n`;
}
