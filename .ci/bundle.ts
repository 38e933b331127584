/**
 * Puts the modules of `otherleg analyze` into the one file dist/cli/analyze.js, once tsc has made dist/: to find, open and
 * link 130 of them takes longer than to measure a short capture. The other verbs stay as tsc made them.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist/cli/`;

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  build: {
    // For Node: its modules and the dependencies stay imports.
    ssr: `${dist}analyze.js`,
    outDir: dist,
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    // The command line knows errors by their class, of which there must not be two.
    rolldownOptions: { external: /\/model\/error\.js$/, output: { entryFileNames: 'analyze.js' } },
  },
});
