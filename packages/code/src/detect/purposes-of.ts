import { bareCommand, scriptIn, targetIn } from './bare-command.ts';
import { partsOf } from './line-parts.ts';
import type { CommandPurpose } from './stack.ts';

type Row = readonly [purpose: CommandPurpose, pattern: RegExp];

/** By the name of a script, a target or a task, the first that fits. */
const byName: readonly Row[] = [
  ['bench', /^(bench(mark)?s?|perf)([:_-].*)?$/],
  [
    'typecheck',
    /^((type|types|tsc)[:_-]?check(ing)?|check[:_-]?types?|types|tsc|mypy|pyright|typing|test[:_-]types?|lint[:_-]types?)([:_-].*)?$/,
  ],
  ['format', /^(format|fmt|prettier|black|style)([:_-].*)?$|^check[:_-]format(ting)?$|^lint[:_-](format|prettier)$/],
  ['lint', /^(lint|eslint|ruff|flake8|clippy|vet|oxlint|biome)([:_-].*)?$/],
  [
    'test',
    /^(tests?|spec|unit|pytest|vitest|jest|check[:_-]tests?|unit[:_-]?tests?|integration([:_-]?tests?)?|e2e|coverage|cov|run[:_-]tests?)([:_-].*)?$/,
  ],
  ['install', /^(install|deps|dependencies|bootstrap|setup|init|develop|dev[:_-](setup|install|deps))$/],
  ['build', /^(build|compile|bundle|dist|package)([:_-].*)?$/],
  ['dev', /^(dev|develop|watch|serve[:_-]dev|start[:_-](dev|development|watch|debug)|runserver|dev[:_-]server)$/],
  ['start', /^(start|serve|server|run|preview|start[:_-](prod|production))$/],
];

/** Names that match above and are steps of something else. */
const notByName =
  /[:_-](watch|ui|open|debug|update|fix|clean|docs?|storybook|dev)$|^(pre|post)(test|build|install|start|lint)$/;

/** Tells what a script or target of a name is for; undefined where its name says nothing. */
export function purposeOfName(name: string): CommandPurpose | undefined {
  const found = byName.find(([, pattern]) => pattern.test(name.toLowerCase()))?.[0];
  return found !== undefined && found !== 'dev' && notByName.test(name) ? undefined : found;
}

/** By the words of a command, each that fits. */
const byWords: readonly Row[] = [
  ['install', /^(npm|pnpm|bun) (ci|i|install|clean-install)\b(?!.* (-g|--global|--location=global)\b)(?! [@a-z])/],
  ['install', /^yarn( install)?( --?[\w=-]+)*$/],
  ['install', /^pip3? install\b.* (-r|-e|--requirement|--editable|--group|\.)(\s|$|\[|=)/],
  [
    'install',
    /^(poetry install|uv (sync|pip (install|sync))|pdm (install|sync)|pipenv (install|sync)|hatch env create|conda env (create|update))\b/,
  ],
  ['install', /^(go mod download|cargo fetch|bundle install|composer install|dotnet restore|mix deps\.get)\b/],
  [
    'bench',
    /^(vitest bench|cargo bench|asv (run|continuous)|hyperfine)\b|^go test\b.* -bench\b|^pytest\b.* --benchmark-only\b/,
  ],
  [
    'test',
    /^(vitest(?! bench)|jest|mocha|ava|tap|uvu|karma|cypress run|playwright test|pytest|py\.test|nose2|tox|nox|stestr|gotestsum|ginkgo|rspec|phpunit|ctest|c8|nyc)\b/,
  ],
  [
    'test',
    /^(go test\b(?!.* -bench\b)|cargo (test|nextest run)\b|bun test\b|deno test\b|dotnet test\b|mix test\b|swift test\b)/,
  ],
  ['test', /^(\.\/)?(mvnw?|gradlew?|gradle)\b.* (test|verify|check)\b/],
  [
    'test',
    /^node\b.* --test\b|^(unittest\b|python3?\b.* manage\.py test\b|manage\.py test\b|trial\b|django-admin test\b)/,
  ],
  [
    'typecheck',
    /^(tsc|vue-tsc|tsgo)\b.*--noEmit\b(?! false)|^(vue-tsc|svelte-check|astro check|mypy|pyright|basedpyright|pyre|pytype|ty check|cargo check|flow( check)?)\b/,
  ],
  [
    'lint',
    /^(eslint|oxlint|tslint|standard|xo|stylelint|next lint|ng lint|ruff( check)?(?! format)|flake8|pylint|pre-commit run|golangci-lint|staticcheck|go vet|cargo clippy|rubocop|shellcheck|biome (check|lint|ci)|deno lint)\b/,
  ],
  [
    'format',
    /^(prettier|oxfmt|dprint|black|isort|ruff format|gofmt|gofumpt|cargo fmt|biome format|deno fmt|rustfmt)\b/,
  ],
  [
    'build',
    /^(tsc|tsgo)\b(?!.*--noEmit\b)(?!.* --(version|init|watch)\b)|^(vite|next|nest|nuxt|astro|remix|gatsby|ng|vue-cli-service|react-scripts|react-router|svelte-kit|storybook|expo) build\b/,
  ],
  ['build', /^(tsup|tsdown|rollup|webpack|parcel build|esbuild|unbuild|microbundle|swc|ncc build|pkgroll|bunchee)\b/],
  [
    'build',
    /^(go build|go install \.|cargo build|poetry build|uv build|hatch build|pdm build|python3? setup\.py (build|bdist_wheel|sdist)|build( --|$)|flit build|maturin build)\b/,
  ],
  [
    'build',
    /^(\.\/)?(mvnw?|gradlew?|gradle)\b.* (package|install|assemble|build)\b|^(dotnet build|swift build|cmake --build|mix compile)\b/,
  ],
  [
    'dev',
    /^(next|nuxt|astro|remix( vite:)?|gatsby|react-router|wrangler) ?(dev|develop)\b|^vite( (dev|serve))?( --?\S+)*$|^(nodemon|tsx watch|ts-node-dev|nest start\b.* --(watch|debug)|fastapi dev|expo start|ng serve|react-scripts start|svelte-kit dev)\b|^node\b.* --watch\b/,
  ],
  ['dev', /^(uvicorn\b.* --reload|flask\b.* run\b.* --debug|python3? manage\.py runserver|manage\.py runserver|air)\b/],
  [
    'start',
    /^(next start|nuxt start|nest start$|vite preview|serve|gunicorn|uvicorn\b(?!.*--reload)|hypercorn|daphne|fastapi run|flask\b.* run\b(?!.*--debug)|streamlit run|go run|cargo run|node (?!.*--test)\S*(server|index|main|app|dist\/|build\/)\S*)\b/,
  ],
];

const tasked =
  /^(?:turbo|nx|lerna|rush|lage|wireit|moon|ng)(?: run-many| run| affected)?((?: (?:--?[\w-]+(?:[= ][\w*@/.,-]+)?|[\w:.-]+))+)/;

/** Tells what a command line does; nothing for one that is not known. Chains are told part by part. */
export function purposesOf(line: string): CommandPurpose[] {
  return [...new Set(partsOf(line).flatMap(({ command }) => purposesOfOne(command)))];
}

/** Environments of tox and sessions of nox: their names say what they are for. */
const environments = /^(?:tox(?: run| r| run-parallel| p)?\b.*? -e[ =]?|nox\b.*? (?:-s|-e|--sessions?)[ =])([\w:.,-]+)/;

function purposesOfOne(line: string): CommandPurpose[] {
  const bare = bareCommand(line);
  const inside = environments.exec(bare)?.[1];
  if (inside !== undefined)
    return inside.split(',').flatMap((name) => purposeOfName(name) ?? (/^(py|test)/.test(name) ? 'test' : []));
  const script = scriptIn(bare) ?? targetIn(bare);
  const named = script === undefined ? undefined : purposeOfName(script);
  if (named) return [named];
  const known = byWords.find(([, pattern]) => pattern.test(bare))?.[0];
  if (known) return [known];
  // yarn and pnpm run programs of packages by name alone.
  const tool = /^(?:pnpm|yarn) ([a-z].*)/.exec(bare)?.[1];
  if (script !== undefined && tool !== undefined)
    return byWords.flatMap(([purpose, pattern]) => (pattern.test(tool) ? [purpose] : [])).slice(0, 1);
  const tasks = tasked.exec(tool ?? bare)?.[1] ?? '';
  const names = tasks.split(/\s+/).flatMap((word) => word.replace(/^(--targets?|-t)=/, '').split(','));
  return names.flatMap((name) => (name.startsWith('-') ? [] : (purposeOfName(name.split(':')[0] ?? '') ?? [])));
}
