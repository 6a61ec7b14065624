export { diagnosticsAfterEdit } from '../lsp/diagnostics-after-edit.ts';
export { openLanguageServers } from '../lsp/language-servers.ts';
export { codeTools } from './code-tools.ts';
export { lspTools } from './lsp-tools.ts';
export { refactorTool } from './refactor-tool.ts';
