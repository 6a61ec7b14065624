import { Command } from 'commander';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { instructions } from '../run/instructions.ts';
import { jsonSchemaOf } from '../run/json-schema-of.ts';

/** `capstan prompt`: what a model is told. */
export function command(cli: Cli): Command {
  const prompt = new Command('prompt').description('Show what a model is told');
  prompt.addCommand(dumpCommand(cli), { isDefault: true });
  return prompt;
}

function dumpCommand(cli: Cli): Command {
  const dump = withGlobals(new Command('dump'))
    .description('Print the instructions as they are sent')
    .option('--tools', 'with the tools, as the model sees them');
  return dump.action(async ({ tools: wanted }: { tools?: boolean }) => {
    const tree = await openTree(rootOf(cli, globalsOf(cli, dump)));
    try {
      const text = await instructions(tree);
      const tools = (await openTools(tree)).map((tool) => ({
        name: tool.name,
        description: tool.description,
        inputSchema: jsonSchemaOf(tool),
      }));
      const shown = wanted ? `${text}\n\n${JSON.stringify(tools, null, 2)}` : text;
      cli.finish('prompt dump', { payload: { instructions: text, tools }, text: shown });
    } finally {
      tree.close();
    }
  });
}
