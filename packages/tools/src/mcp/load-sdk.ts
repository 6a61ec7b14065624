import { CapstanError } from '@capstan/sdk/contract';

/** Imports the client of the MCP SDK. @throws {CapstanError} `invalid_config` if it is not installed. */
export function loadClient(): Promise<typeof import('@modelcontextprotocol/client')> {
  return import('@modelcontextprotocol/client').catch(missing('@modelcontextprotocol/client'));
}

/** Imports the part of the MCP SDK that starts programs. @throws {CapstanError} `invalid_config` if it is not installed. */
export function loadStdio(): Promise<typeof import('@modelcontextprotocol/client/stdio')> {
  return import('@modelcontextprotocol/client/stdio').catch(missing('@modelcontextprotocol/client'));
}

/** Imports what tells whether a schema compiles. @throws {CapstanError} `invalid_config` if it is not installed. */
export function loadValidator(): Promise<typeof import('@modelcontextprotocol/client/validators/ajv')> {
  return import('@modelcontextprotocol/client/validators/ajv').catch(missing('@modelcontextprotocol/client'));
}

/** Imports the server of the MCP SDK. @throws {CapstanError} `invalid_config` if it is not installed. */
export function loadServer(): Promise<typeof import('@modelcontextprotocol/server')> {
  return import('@modelcontextprotocol/server').catch(missing('@modelcontextprotocol/server'));
}

/** Imports the server's standard streams. @throws {CapstanError} `invalid_config` if the SDK is not installed. */
export function loadServerStdio(): Promise<typeof import('@modelcontextprotocol/server/stdio')> {
  return import('@modelcontextprotocol/server/stdio').catch(missing('@modelcontextprotocol/server'));
}

function missing(name: string): (cause: unknown) => never {
  return (cause) => {
    const where = { where: name };
    throw new CapstanError('invalid_config', `MCP needs the package ${name}. Run: npm install ${name}`, where, {
      cause,
    });
  };
}
