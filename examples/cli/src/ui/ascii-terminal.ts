import { ProcessTerminal } from '@earendil-works/pi-tui';

const signs: Readonly<Record<string, string>> = {
  '─': '-',
  '━': '-',
  '│': '|',
  '┃': '|',
  '┌': '+',
  '┐': '+',
  '└': '`',
  '┘': '+',
  '├': '+',
  '┤': '+',
  '┬': '+',
  '┴': '+',
  '┼': '+',
  '→': '>',
  '↳': '>',
  '…': '~',
  '·': '-',
  '●': '*',
  '•': '*',
  '✔': 'x',
  '▶': '>',
  '○': 'o',
  '–': '-',
  '—': '-',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
};
const drawn = new RegExp(`[${Object.keys(signs).join('')}\u2800-\u28FF]`, 'gu');

/** Puts plain signs in the place of drawn ones; each as wide as the one it stands for. */
export function asciiSigns(text: string): string {
  return text.replace(drawn, (sign) => signs[sign] ?? '*');
}

/** A terminal that draws no more than ASCII: what we draw is put plainly, the words of others stay theirs. */
export class AsciiTerminal extends ProcessTerminal {
  override write(data: string): void {
    super.write(asciiSigns(data));
  }
}
