export { keyStore } from './key-store.ts';
export type { KeyStore, KeyStoreOptions, StoredKey } from './key-store.ts';
export type { ProviderConfig, ProviderConfigs } from './provider-config.ts';
export { openProviders } from './providers.ts';
export type { ConfiguredProvider, Providers, ProvidersOptions } from './providers.ts';
export { maskKey, maskSecrets } from '../wire/mask.ts';
