/** A small Express server: CommonJS beside modules, names that begin with `#`, a shadowed name. */
export const expressTs: Readonly<Record<string, string>> = {
  'package.json': `{
  "name": "todo-server",
  "imports": { "#config": "./src/config.ts", "#routes/*": "./src/routes/*.ts" },
  "dependencies": { "express": "5.0.0" }
}`,
  'src/server.ts': `import express from 'express';
import { todoRouter } from '#routes/todos';
import { port } from '#config';
import * as store from './store.js';

export const app = express();
app.use('/todos', todoRouter(store.openStore()));

export function start(port_ = port) {
  return app.listen(port_);
}
`,
  'src/config.ts': `export const port = Number(process.env.PORT ?? 3000);
export const { env: environment } = process;
`,
  'src/routes/todos.ts': `import { Router } from 'express';
import type { Store } from '../store.js';

export function todoRouter(store: Store): Router {
  const router = Router();
  router.get('/', (_request, response) => response.json(store.all()));
  router.post('/', (request, response) => {
    const openStore = 'not the function';
    response.json({ added: store.add(request.body.title), openStore });
  });
  return router;
}
`,
  'src/store.ts': `export interface Store {
  all(): readonly string[];
  add(title: string): number;
}

export function openStore(): Store {
  const titles: string[] = [];
  return {
    all: () => titles,
    add: (title) => titles.push(title),
  };
}

export { openStore as makeStore };
`,
  'scripts/seed.cjs': `const { makeStore } = require('../src/store');
const legacy = require('./legacy');

module.exports = { seed };

function seed() {
  const store = makeStore();
  legacy.titles().forEach((title) => store.add(title));
}
`,
  'scripts/legacy.js': `function Old() {}
Old.prototype.list = function list() {
  return ['write', 'test'];
};
exports.titles = () => new Old().list();
`,
};
