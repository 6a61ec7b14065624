/** Cuts text for a model at a line end, and says how to see the rest. */
export function clip(text: string, advice: string, maxChars = 30_000): string {
  const trimmed = text.replace(/\n+$/, '');
  if (trimmed.length <= maxChars) return trimmed;
  const at = trimmed.lastIndexOf('\n', maxChars);
  const shown = trimmed.slice(0, at > 0 ? at : maxChars);
  return `${shown}\n[… ${trimmed.length - shown.length} more characters. ${advice}]`;
}
