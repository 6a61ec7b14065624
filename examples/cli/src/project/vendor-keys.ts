/** A vendor with a key: the variables it is looked for in, and the model a key opens when no other is named. */
export interface VendorKey {
  readonly vendor: string;
  readonly variables: readonly string[];
  readonly model?: string;
}

/** Vendors in the order their keys are looked for. */
export const vendorKeys: readonly VendorKey[] = [
  { vendor: 'openai', variables: ['OPENAI_API_KEY'], model: 'openai/gpt-6.1-sol' },
  { vendor: 'anthropic', variables: ['ANTHROPIC_API_KEY'], model: 'anthropic/claude-sonnet-5-5' },
  { vendor: 'google', variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], model: 'google/gemini-3.8-flash' },
  { vendor: 'openrouter', variables: ['OPENROUTER_API_KEY'] },
  { vendor: 'azure', variables: ['AZURE_OPENAI_API_KEY'] },
  { vendor: 'nebius', variables: ['NEBIUS_API_KEY'] },
  { vendor: 'deepseek', variables: ['DEEPSEEK_API_KEY'] },
  { vendor: 'ollama', variables: ['OLLAMA_API_KEY'] },
  { vendor: 'lmstudio', variables: ['LM_API_TOKEN'] },
];

/** Finds the variable that holds a vendor's key. */
export function keyVariable(
  { variables }: VendorKey,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return variables.find((name) => Boolean(env[name]));
}
