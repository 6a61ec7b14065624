const sequence =
  /\u001B(?:\][^\u0007\u001B]*(?:\u0007|\u001B\\|$)|[PX^_][^\u001B]*(?:\u001B\\|$)|\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)/g;
const control = /[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Takes control sequences out of text that came from a model or a tool, so that it cannot move the cursor, retitle the
 * window or hide what it does. Line feeds and tabs stay; a carriage return starts a new line.
 */
export function plainText(text: string): string {
  return text
    .replace(/\r+\n?/g, '\n')
    .replace(sequence, '')
    .replace(control, '')
    .replaceAll('\u001B', '');
}
