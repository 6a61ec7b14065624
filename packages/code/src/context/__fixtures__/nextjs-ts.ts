/** A small Next.js application: paths of tsconfig that extends another, server and client components, a route. */
export const nextjsTs: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "private": true, "dependencies": { "next": "15.0.0", "react": "19.0.0" } }',
  'tsconfig.base.json': '{\n  // shared\n  "compilerOptions": { "strict": true, "baseUrl": ".", "paths": { "@/*": ["./src/*"] }, },\n}',
  'tsconfig.json': '{ "extends": "./tsconfig.base", "compilerOptions": { "jsx": "preserve" } }',
  'src/app/layout.tsx': `import type { ReactNode } from 'react';
import { SiteHeader } from '@/components/site-header';

export const metadata = { title: 'Shop' };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html>
      <body>
        <SiteHeader title={metadata.title} />
        {children}
      </body>
    </html>
  );
}
`,
  'src/app/products/[id]/page.tsx': `import { notFound } from 'next/navigation';
import { findProduct, type Product } from '@/lib/products';
import { formatPrice } from '@/lib/money';

export default async function ProductPage({ params }: { params: { id: string } }) {
  const product: Product | undefined = await findProduct(params.id);
  if (!product) notFound();
  return <p>{formatPrice(product.cents)}</p>;
}
`,
  'src/app/api/products/route.ts': `import { listProducts } from '@/lib/products';

export async function GET(): Promise<Response> {
  return Response.json(await listProducts());
}
`,
  'src/components/site-header.tsx': `'use client';
import { useState } from 'react';

interface SiteHeaderProps {
  title: string;
}

export function SiteHeader({ title }: SiteHeaderProps) {
  const [open, setOpen] = useState(false);
  return <header onClick={() => setOpen(!open)}>{title}</header>;
}
`,
  'src/lib/money.ts': `/** Prints cents as a price. */
export const formatPrice = (cents: number, currency = 'EUR'): string =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100);
`,
  'src/lib/money.test.ts': `import { formatPrice } from './money';

test('cents become a price', () => {
  expect(formatPrice(1999)).toContain('19.99');
});
`,
  'src/lib/products.ts': `export interface Product {
  readonly id: string;
  readonly cents: number;
}

const shelf = new Map<string, Product>([['1', { id: '1', cents: 1999 }]]);

export async function findProduct(id: string): Promise<Product | undefined> {
  return shelf.get(id);
}

export async function listProducts(): Promise<Product[]> {
  return [...shelf.values()];
}
`,
  '.gitignore': 'node_modules\n.next\n/dist\n',
  'node_modules/next/index.js': 'module.exports = {};\n',
  '.next/server.js': 'var built = 1;\n',
};
