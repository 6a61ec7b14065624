import { describe, expect, test } from 'vitest';
import { planned, refusal } from '../__fixtures__/planned.ts';
import type { RefactorRequest } from '../refactor-request.ts';

const rename = (target: string, name = 'fresh'): RefactorRequest => ({ kind: 'rename', target, name });

const store = `"""Keeps things; load is one of them."""
__all__ = ["load", "Store"]


def load(path, limit=1):
    # load it
    return [path] * limit


class Store:
    def __init__(self, root):
        self._seen = {}

    def get(self, other: "Store") -> "list[Store]":
        return self._seen[other] or load(self._seen)


class Sub(Store):
    def own(self):
        return self._seen
`;

test('a name of a module is followed through imports, stars, lists, types in strings and patches', async () => {
  const after = await planned(
    {
      'app/__init__.py': '',
      'app/store.py': store,
      'app/use.py':
        'from app.store import load, Store as S\nimport app.store\nfrom app import store\n\nload("a", limit=3)\nstore.load(f"{load(1)}")\napp.store.load\n\n\ndef other(load):\n    return load.load\n',
      'app/star.py': 'from .store import *\n\nload(1)\n',
      'tests/test_it.py': 'from unittest import mock\n\n\n@mock.patch("app.store.load")\ndef test_it(m):\n    pass\n',
    },
    rename('app/store.py#load', 'read'),
  );
  expect(after['app/use.py']).toBe(
    'from app.store import read, Store as S\nimport app.store\nfrom app import store\n\nread("a", limit=3)\nstore.read(f"{read(1)}")\napp.store.read\n\n\ndef other(load):\n    return load.load\n',
  );
  expect(after['app/star.py']).toContain('\nread(1)');
  expect(after['tests/test_it.py']).toContain('app.store.read');
  expect(after['app/store.py']).toContain('"""Keeps things; load is one of them."""\n__all__ = ["read", "Store"]');
  expect(after['app/store.py']).toContain('def read(path, limit=1):\n    # load it\n');
});

test('keywords of sure calls go with a parameter', async () => {
  const after = await planned(
    { 'a.py': store, 'b.py': 'from a import load\n\nload("x", limit=2)\nother(limit=1)\n' },
    rename('a.py:5:16', 'most'),
  );
  expect(after['b.py']).toBe('from a import load\n\nload("x", most=2)\nother(limit=1)\n');
});

test('a member by self goes with those of sub-classes, a class with types in strings', async () => {
  const member = await planned({ 'a.py': store }, rename('a.py:12:14', '_known'));
  expect(member['a.py']?.match(/_known/g)).toHaveLength(4);
  expect(member['a.py']).not.toContain('_seen');
  const type = await planned({ 'a.py': store }, rename('a.py#Store', 'Shop'));
  expect(type['a.py']).toContain('def get(self, other: "Shop") -> "list[Shop]":');
  expect(type['a.py']).toContain('class Sub(Shop):');
});

test('the name of an alias, and what is called so elsewhere, stay apart', async () => {
  const files = { 'a.py': store, 'b.py': 'import json as _json\nfrom a import load as _load\n\n_load(_json)\n' };
  expect(await planned(files, rename('b.py:2:23', 'own'))).toEqual({
    'b.py': 'import json as _json\nfrom a import load as own\n\nown(_json)\n',
  });
  expect(await refusal(files, rename('b.py:1:8'))).toMatch(/not ours/);
});

test('an import within a function is followed there', async () => {
  const after = await planned(
    {
      'a.py': store,
      'b.py':
        'def one():\n    from a import load\n\n    return load(1)\n\n\ndef two(load):\n    from a import load as own\n\n    return own(load)\n',
    },
    rename('a.py#load', 'read'),
  );
  expect(after['b.py']).toBe(
    'def one():\n    from a import read\n\n    return read(1)\n\n\ndef two(load):\n    from a import read as own\n\n    return own(load)\n',
  );
});

const refused: readonly (readonly [
  why: string,
  files: Readonly<Record<string, string>>,
  target: string,
  words: RegExp,
])[] = [
  [
    'a value without a type has the member',
    { 'a.py': 'class Box:\n    def load(self):\n        pass\n\n\ndef use(box):\n    box.load()\n' },
    'a.py#Box.load',
    /a\.py:7:9 {2}unknown type/,
  ],
  [
    'a string leads to the member',
    { 'a.py': 'class Box:\n    def load(self):\n        pass\n', 'b.py': 'patch("a.Box.load", 1)\n' },
    'a.py#Box.load',
    /b\.py:1:7 {2}string/,
  ],
  [
    'it is looked up by a string',
    { 'a.py': 'def load():\n    pass\n\n\nimport sys\ngetattr(sys, "load")\n' },
    'a.py#load',
    /string/,
  ],
  ['the name is taken', { 'a.py': 'def load():\n    pass\n\n\nfresh = 1\nload()\n' }, 'a.py#load', /collision/],
  [
    'a local would hide it',
    { 'a.py': 'def load():\n    pass\n\n\ndef run(fresh):\n    return load()\n' },
    'a.py#load',
    /a\.py:6:12 {2}collision/,
  ],
  [
    'a decorator may go by the name',
    { 'a.py': 'from flask import app\n\n\n@app.route("/")\ndef load():\n    pass\n' },
    'a.py#load',
    /dynamic access: @app\.route/,
  ],
  [
    'a keyword may be of it',
    { 'a.py': 'class Box:\n    def load(self, path):\n        return path\n\n\ndef use(box):\n    box.load(path=1)\n' },
    'a.py:2:20',
    /a\.py:7:14 {2}unknown type/,
  ],
  [
    'a script of the project starts it',
    { 'pyproject.toml': '[project.scripts]\nx = "app.main:load"\n', 'app/main.py': 'def load():\n    pass\n' },
    'app/main.py#load',
    /pyproject\.toml:2:6 {2}string/,
  ],
  [
    'a package gives it to others',
    {
      'pyproject.toml': '[build-system]\nrequires = []\n[project]\nname = "app"\n',
      'app/__init__.py': 'def load():\n    pass\n',
    },
    'app/__init__.py#load',
    /public/,
  ],
];

describe('refused, for', () => {
  test.each(refused)('%s', async (_, files, target, words) => {
    expect(await refusal(files, rename(target))).toMatch(words);
  });
});

test('imports are put in groups and order, and unused ones go', async () => {
  const after = await planned(
    {
      'app/__init__.py': '',
      'app/model.py': 'X = 1\n',
      'app/a.py':
        '"""Doc."""\nimport sys\nimport os\nfrom . import model\nimport requests  # the net\nfrom typing import List, Optional\nfrom app.model import X\n\nprint(os, model, requests, Optional, X)\n',
    },
    { kind: 'imports', paths: ['app/a.py'] },
  );
  expect(after['app/a.py']).toBe(
    '"""Doc."""\nimport os\nfrom typing import Optional\n\nimport requests  # the net\n\nfrom app.model import X\n\nfrom . import model\n\nprint(os, model, requests, Optional, X)\n',
  );
});
