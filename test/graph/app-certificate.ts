import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Pem = { readonly certificate: string; readonly privateKey: string };

/** A certificate as an operator makes one for an app registration. `rsa` unless said. */
export function appCertificate(name: string, key: readonly string[] = ['rsa:2048']): Pem {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-certificate-'));
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['req', '-x509', '-newkey', ...key, '-nodes', '-days', '2', '-subj', `/CN=${name}`];
  execFileSync('openssl', [...kind, '-keyout', keyFile, '-out', file], { stdio: 'ignore' });
  const made = { certificate: readFileSync(file, 'utf8'), privateKey: readFileSync(keyFile, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}

/** The same key in another form of PEM. */
export function openssl(args: readonly string[], input: string): string {
  return execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
}
