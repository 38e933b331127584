import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files into a folder that goes with the test; answers the folder. */
export function temporaryFiles(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A configuration file that goes with the test; answers its path. */
export function configFile(text: string): string {
  return join(temporaryFiles({ 'otherleg.yaml': text }), 'otherleg.yaml');
}

export const TENANT = '00000000-0000-0000-0000-000000000001';

/** The line that every file needs. */
export const GRAPH = `graph: { baseUrl: "http://127.0.0.1:9000", auth: { kind: none, tenantId: ${TENANT} } }\n`;
