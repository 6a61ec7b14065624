import type { Tool } from '@capstan/sdk/contract';
import { findReferencesTool } from './find-references-tool.ts';
import { findSymbolTool } from './find-symbol-tool.ts';
import { openedOnce, type CodeToolsOptions } from './opened-index.ts';
import { outlineTool } from './outline-tool.ts';
import { relatedTestsTool } from './related-tests-tool.ts';
import { repoMapTool } from './repo-map-tool.ts';
import { searchCodeTool } from './search-code-tool.ts';

/**
 * Makes the tools that look things up in the index of a repository: `search_code`, `find_symbol`, `find_references`,
 * `outline`, `related_tests`, `repo_map`. They only read; the index is opened at the first call and brought up to date
 * at each.
 *
 * @param root The folder of the work tree, absolute.
 */
export function codeTools(root: string, options: CodeToolsOptions = {}): Tool[] {
  const opened = openedOnce(root, options);
  const makers = [searchCodeTool, findSymbolTool, findReferencesTool, outlineTool, relatedTestsTool, repoMapTool];
  return makers.map((make) => make(opened));
}
