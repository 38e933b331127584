/**
 * Builds the operators' page from src/page to dist/page, each file also compressed as the agent serves it. With
 * `--if-older` only where a source is newer than what was built.
 */
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('../src/page/', import.meta.url));
const place = fileURLToPath(new URL('../dist/page', import.meta.url));
/** Built beside its place, under a name that no other build has. */
const outDir = `${place}.${process.pid}`;

const newest = (paths: readonly string[]): number => Math.max(0, ...paths.map((path) => statSync(path).mtimeMs));

function isBuilt(): boolean {
  if (!existsSync(`${place}/index.html`)) return false;
  const sources = [...globSync(`${root}*`), fileURLToPath(import.meta.url)];
  return newest(sources) <= statSync(`${place}/index.html`).mtimeMs;
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
  for (const path of globSync(`${outDir}/**/*.{html,js,css,svg}`)) {
    const content = readFileSync(path);
    const brotli = brotliCompressSync(content);
    writeFileSync(`${path}.br`, brotli);
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    plain += content.length;
    sent += brotli.length;
  }
  return { plain, sent };
}

/** Puts what was built in its place as a whole: test files build it at the same time, and agents read there. */
function swap(): void {
  rmSync(`${outDir}.old`, { recursive: true, force: true });
  if (existsSync(place)) renameSync(place, `${outDir}.old`);
  renameSync(outDir, place);
}

/** Two builds may be at that moment at once: then one of them tries again, or finds that it is done. */
async function putInPlace(): Promise<void> {
  for (let tries = 1; !isOnlyIfOlder || !isBuilt(); tries += 1) {
    try {
      return swap();
    } catch (error) {
      if (tries === 5) throw error;
      await sleep(50);
    }
  }
}

const isOnlyIfOlder = process.argv.includes('--if-older');
if (!isOnlyIfOlder || !isBuilt()) {
  await buildPage();
  const { plain, sent } = compress();
  await putInPlace();
  for (const rest of [outDir, `${outDir}.old`]) rmSync(rest, { recursive: true, force: true });
  process.stderr.write(`page: ${plain} octets, ${sent} compressed\n`);
}
