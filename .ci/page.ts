/**
 * Builds the operators' page from src/page to dist/page, each file also compressed as the agent serves it. With
 * `--if-older` only where a source is newer than what was built.
 */
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('../src/page/', import.meta.url));
const outDir = fileURLToPath(new URL('../dist/page/', import.meta.url));

const newest = (paths: readonly string[]): number => Math.max(0, ...paths.map((path) => statSync(path).mtimeMs));

function isBuilt(): boolean {
  if (!existsSync(`${outDir}index.html`)) return false;
  const sources = [...globSync(`${root}*`), fileURLToPath(import.meta.url)];
  return newest(sources) <= statSync(`${outDir}index.html`).mtimeMs;
}

async function buildPage(): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    base: './',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // The page's policy allows nothing inline, and no data: addresses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
}

/** Octets of all files that a browser loads, as they are and as they are sent. */
function compress(): { readonly plain: number; readonly sent: number } {
  let [plain, sent] = [0, 0];
  for (const path of globSync(`${outDir}**/*.{html,js,css,svg}`)) {
    const content = readFileSync(path);
    const brotli = brotliCompressSync(content);
    writeFileSync(`${path}.br`, brotli);
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    plain += content.length;
    sent += brotli.length;
  }
  return { plain, sent };
}

if (!process.argv.includes('--if-older') || !isBuilt()) {
  await buildPage();
  const { plain, sent } = compress();
  process.stderr.write(`page: ${plain} octets, ${sent} compressed\n`);
}
