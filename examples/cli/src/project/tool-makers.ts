// One file that names what is used: a bundle then leaves the rest of these packages for when it is needed.
export { codeTools, diagnosticsAfterEdit, lspTools, openLanguageServers, refactorTool } from '@capstan/code/tools';
export { improveTools } from '@capstan/improve';
export { codingTools, fileTools } from '@capstan/tools';
