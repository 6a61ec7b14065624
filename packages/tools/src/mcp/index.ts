export { connectMcp } from './connect-mcp.ts';
export type { McpConnection, McpOptions } from './connect-mcp.ts';
export type { McpTrust } from './declared-effects.ts';
export type { McpAddress, McpProgram, McpServerConfig } from './mcp-server-config.ts';
export type { McpChange, McpChangedTool, McpUnusable } from './offer.ts';
export { createMcpServer } from './create-mcp-server.ts';
export { serveMcp } from './serve-mcp.ts';
export type { ServeMcpOptions, McpServing } from './serve-mcp.ts';
export type { ApprovalQuestion, McpServerOptions } from './served-call.ts';
