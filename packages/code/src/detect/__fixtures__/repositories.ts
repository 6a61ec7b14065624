/** A workspace of pnpm run by turbo, with a workflow that has a matrix, and a service of Python beside it. */
export const mixedWorkspace: Readonly<Record<string, string>> = {
  'package.json': `{
  "name": "acme",
  "private": true,
  "packageManager": "pnpm@10.4.1+sha512.abc",
  "engines": { "node": ">=22" },
  "scripts": {
    "build": "turbo run build",
    "test": "turbo run test",
    "check": "eslint . && tsc -b",
    "bench": "node bench/run.mjs"
  },
  "devDependencies": { "turbo": "2.5.0", "typescript": "5.9.0", "eslint": "9.0.0" }
}
`,
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
  'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/**\n  - "!packages/old"\n',
  'turbo.json': '{\n  // tasks\n  "tasks": { "build": { "dependsOn": ["^build"] }, "test": {} },\n}\n',
  'tsconfig.json': '{ "files": [], "references": [] }\n',
  'apps/web/package.json': `{
  "name": "@acme/web",
  "scripts": { "dev": "next dev", "build": "next build", "start": "next start", "test": "vitest run", "typecheck": "tsc --noEmit" },
  "dependencies": { "next": "16.0.0", "react": "19.0.0" },
  "devDependencies": { "vitest": "4.0.0" }
}
`,
  'apps/web/next.config.ts': 'export default {};\n',
  'packages/ui/package.json': '{ "name": "@acme/ui", "exports": "./src/index.ts", "scripts": { "test": "jest" }, "devDependencies": { "jest": "30.0.0" } }\n',
  'packages/old/package.json': '{ "name": "@acme/old" }\n',
  'services/api/pyproject.toml': `[project]
name = "api"
requires-python = ">=3.12"
dependencies = ["fastapi>=0.115", "uvicorn"]

[dependency-groups]
dev = ["pytest", "ruff", "mypy"]

[tool.pytest.ini_options]
testpaths = ["tests"]

[tool.uv]
package = false
`,
  'services/api/uv.lock': 'version = 1\n',
  'services/api/app/main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n',
  'services/api/tests/test_main.py': 'def test_one():\n    assert True\n',
  'examples/basic/package.json': '{ "name": "basic-example", "scripts": { "test": "echo" } }\n',
  '.github/workflows/ci.yml': `name: CI
on: [push]
defaults:
  run:
    working-directory: .
jobs:
  web:
    runs-on: \${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, macos-latest]
        node: [22, 24]
        task: [lint, typecheck]
    steps:
      - uses: actions/checkout@v5
      - uses: pnpm/action-setup@v4
      - uses: actions/setup-node@v5
        with:
          node-version: \${{ matrix.node }}
          cache: pnpm
      - run: pnpm install --frozen-lockfile
      - run: |
          # both
          pnpm run build
          pnpm turbo run \\
            test
      - run: pnpm \${{ matrix.task }}
  api:
    runs-on: ubuntu-latest
    defaults:
      run:
        working-directory: services/api
    steps:
      - run: uv sync
      - run: uv run pytest -q
      - run: cd ../../apps/web && pnpm test
      - run: ./deploy.sh
        working-directory: /tmp
`,
};

/** A project of Django with requirements lists, tox and a Makefile. */
export const djangoSite: Readonly<Record<string, string>> = {
  'manage.py': '#!/usr/bin/env python\nimport os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n',
  'requirements.txt': 'Django==5.2\npsycopg[binary]\n',
  'requirements-dev.txt': '-r requirements.txt\npytest-django\nflake8\n',
  'tox.ini': '[tox]\nenvlist = py312, lint\n\n[testenv]\ncommands = pytest\n\n[testenv:lint]\ncommands = flake8\n',
  'setup.cfg': '[flake8]\nmax-line-length = 100\n',
  '.python-version': '3.12.4\n',
  Makefile: 'PY = python\n\n.PHONY: test\ntest:\n\t$(PY) -m pytest\n\nsetup:\n\tpip install -r requirements-dev.txt\n\nserve: setup\n\t$(PY) manage.py runserver\n',
  'shop/tests.py': 'from django.test import TestCase\n',
};

/** A program of Flask kept by poetry, and an older one with setup.py only. */
export const flaskPrograms: Readonly<Record<string, string>> = {
  'pyproject.toml': `[tool.poetry]
name = "links"
version = "0.1.0"

[tool.poetry.dependencies]
python = "^3.11"
flask = "^3.0"

[tool.poetry.group.dev.dependencies]
pytest = "^8"
black = "*"

[tool.poetry.scripts]
links = "links.cli:main"

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`,
  'poetry.lock': '# made by poetry\n',
  'links/app.py': 'import flask\n\napp = flask.Flask(__name__)\n',
  'tools/legacy/setup.py':
    'from setuptools import setup\nsetup(\n    name="legacy",\n    install_requires=["six", "requests>=2"],\n    extras_require={"test": ["nose"]},\n)\n',
  'tools/legacy/test_legacy.py': 'import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        pass\n',
};

/** Modules of Go in a workspace, with a justfile; and a crate. */
export const goAndRust: Readonly<Record<string, string>> = {
  'go.work': 'go 1.24\n\nuse (\n\t./server\n\t./tools\n)\n',
  'server/go.mod':
    'module example.com/server\n\ngo 1.24\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.10.0\n\tgithub.com/labstack/echo v3.0.0 // indirect\n)\n',
  'server/cmd/server/main.go': 'package main\n\nfunc main() {}\n',
  'server/api/api.go': 'package api\n',
  'server/api/api_test.go': 'package api\n\nimport "testing"\n\nfunc TestOne(t *testing.T) {}\n\nfunc BenchmarkOne(b *testing.B) {}\n',
  'tools/go.mod': 'module example.com/tools\n\ngo 1.24\n',
  justfile: 'default:\n    @just --list\n\ntest *args:\n    go test ./... {{args}}\n\nlint:\n    golangci-lint run\n',
  'native/Cargo.toml': '[package]\nname = "native"\nrust-version = "1.80"\n\n[dependencies]\naxum = "0.8"\n',
  'native/src/main.rs': 'fn main() {}\n',
};

/** Files that contradict one another, and files with mistakes. */
export const muddled: Readonly<Record<string, string>> = {
  'package.json': '{\n  "name": "muddled",\n  "packageManager": "pnpm@10.0.0",\n  "scripts": { "test": "mocha" },,\n  "devDependencies": { "mocha": "11.0.0" }\n}\n',
  'package-lock.json': '{}\n',
  'yarn.lock': '# yarn lockfile v1\n',
  'pyproject.toml': '[project]\nname = "muddled"\nversion = 1.0.0\n\n[tool.ruff]\nline-length = 100\n',
  'poetry.lock': '',
  'uv.lock': '',
  '.github/workflows/test.yml': 'jobs:\n  a:\n    steps:\n      - run: npm test\n   bad: [\n',
  'go.mod': 'modul example.com/x\n',
};
