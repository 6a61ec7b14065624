import type { Hook } from '@capstan/sdk/contract';

/**
 * Makes the hooks that keep secrets from models and logs: whatever has the shape of a key, and the values that this
 * environment holds under names of secrets, in every spelling.
 */
export async function maskSecrets(env: Readonly<Record<string, string | undefined>>): Promise<readonly Hook[]> {
  const [{ createRedactor, secretValues }, { masking }] = await Promise.all([
    import('@capstan/policy'),
    import('@capstan/sdk'),
  ]);
  const redactor = createRedactor({ known: secretValues(env), personal: false });
  return [masking((text) => redactor.redact(text))];
}
