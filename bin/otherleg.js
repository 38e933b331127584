#!/usr/bin/env -S node --max-semi-space-size=1
// Plain JavaScript that any Node can parse: it must be able to say that this Node is too old.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `otherleg needs Node.js 24 or newer; this is ${process.versions.node}.\n` +
      'In a clone the npm scripts bring their own (npm run demo); elsewhere install Node.js 24 or newer.\n',
  );
  process.exit(2);
}

const { enableCompileCache } = await import('node:module');
const { existsSync } = await import('node:fs');
enableCompileCache();

// A clone has the sources and runs them as they are; the package has only what was compiled.
const source = new URL('../src/cli/main.ts', import.meta.url);
const entry = existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url);
const { main } = await import(entry.href);
await main(process.argv.slice(2));
