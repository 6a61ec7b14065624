/**
 * Shows a secret so that its owner knows it and nobody else can use it: `sk-…abcd`. Short ones show nothing.
 */
export function maskKey(key: string): string {
  if (key.length < 16) return '…';
  const prefix = /^[a-z]{2,4}[-_]/i.exec(key)?.[0] ?? '';
  return `${prefix}…${key.slice(-4)}`;
}

const lookLikeKeys =
  /\b(?:sk|pk|rk|gsk|xai|key|nvapi|hf|pplx|r8|csk|fw|tgp)[-_][A-Za-z0-9_*.-]{12,}|\bAIza[\w-]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?|\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/g;

/** Replaces known keys, and whatever looks like one, in words that came from outside. */
export function maskSecrets(text: string, secrets: readonly (string | undefined)[] = []): string {
  let masked = text;
  for (const secret of secrets) {
    if (!secret || secret.length < 6) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])) {
      masked = masked.replaceAll(form, maskKey(secret));
    }
  }
  return masked.replaceAll(lookLikeKeys, (found) => maskKey(found));
}
