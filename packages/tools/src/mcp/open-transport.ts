import type { Transport } from '@modelcontextprotocol/client';
import { loadClient, loadStdio } from './load-sdk.ts';
import type { McpServerConfig } from './mcp-server-config.ts';

/**
 * Makes the transport to a server; connecting starts it.
 *
 * @param onStderr Told what a program writes to its standard error.
 */
export async function openTransport(server: McpServerConfig, onStderr: (text: string) => void): Promise<Transport> {
  if ('url' in server) {
    const { StreamableHTTPClientTransport } = await loadClient();
    const { url, headers = {}, auth } = server;
    const options = { requestInit: { headers }, ...(auth ? { authProvider: auth } : {}) };
    return new StreamableHTTPClientTransport(new URL(url), options);
  }
  const { StdioClientTransport, getDefaultEnvironment } = await loadStdio();
  const { command, args = [], env = {}, cwd } = server;
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...env },
    stderr: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
  transport.stderr?.on('data', (chunk: Buffer) => onStderr(chunk.toString()));
  return transport;
}
