import { fileURLToPath, pathToFileURL } from 'node:url';

/** The address of a file; every character that means something in an address is escaped. */
export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

/** The path of a file's address, however it is escaped; `undefined` for what is no file. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}
