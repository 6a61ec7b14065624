/** A workspace of a Vite application and a package of components that points at what it builds. */
export const reactViteTs: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "root", "private": true, "workspaces": ["apps/*", "packages/*"] }',
  'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/*\n',
  'apps/web/package.json': '{ "name": "web", "dependencies": { "@acme/ui": "workspace:*" } }',
  'apps/web/tsconfig.json': '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }',
  'apps/web/tsconfig.app.json': '{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }',
  'apps/web/vite.config.ts': `import { defineConfig } from 'vite';

export default defineConfig({});
`,
  'apps/web/src/main.tsx': `import { createRoot } from 'react-dom/client';
import App from './App';

createRoot(document.getElementById('root')!).render(<App />);
`,
  'apps/web/src/App.tsx': `import { lazy } from 'react';
import { Button, theme } from '@acme/ui';
import { Dialog as Modal } from '@acme/ui/dialog';
import { useCounter } from '~/hooks/use-counter';

const Settings = lazy(() => import('./Settings'));

const App = () => {
  const { count, increase } = useCounter();
  return (
    <Modal>
      <Button colour={theme.primary} onPress={increase}>
        {count}
      </Button>
      <Settings />
    </Modal>
  );
};

export default App;
`,
  'apps/web/src/Settings.tsx': `export default function Settings() {
  return null;
}
`,
  'apps/web/src/hooks/use-counter.ts': `import { useState } from 'react';

export function useCounter(start = 0) {
  const [count, setCount] = useState(start);
  return { count, increase: () => setCount(count + 1) };
}
`,
  'apps/web/src/hooks/__tests__/use-counter.test.ts': `import { useCounter } from '../use-counter';

test('counts', () => expect(useCounter).toBeDefined());
`,
  'packages/ui/package.json': `{
  "name": "@acme/ui",
  "exports": {
    ".": { "types": "./dist/index.d.ts", "import": "./dist/index.js" },
    "./*": "./dist/*.js"
  }
}`,
  'packages/ui/src/index.ts': `export { Button } from './button';
export * as theme from './theme';
`,
  'packages/ui/src/button.tsx': `export interface ButtonProps {
  colour: string;
  onPress(): void;
}

export function Button(props: ButtonProps) {
  return <button style={{ color: props.colour }} onClick={props.onPress} />;
}
`,
  'packages/ui/src/dialog.tsx': `import { Button } from './button';

export class Dialog {
  render() {
    return <Button colour="red" onPress={() => this.close()} />;
  }

  close() {}
}
`,
  'packages/ui/src/theme.ts': `export const primary = '#0af';
`,
};
