// --import hook: counts the modules (and their bytes) loaded from node_modules.
import { registerHooks } from 'node:module';
let n = 0,
  bytes = 0;
const seen = new Set();
registerHooks({
  load(url, ctx, next) {
    const r = next(url, ctx);
    if (url.includes('/node_modules/') && !seen.has(url)) {
      seen.add(url);
      n++;
      bytes += r.source?.length ?? 0;
    }
    return r;
  },
});
process.on('exit', () => process.stdout.write(`@@LOADS ${n} ${bytes}`));
