import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { OtherlegError } from '../model/error.ts';
import type { Credential, Proof } from './credential.ts';

/** Where a certificate and its key come from, as PEM; without `privateKey` both are in one text. */
export type CertificateSource = { readonly certificate: () => string; readonly privateKey?: () => string };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;
const KEY = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** A certificate of the app registration: MSAL signs with its key, and Entra finds it by its SHA-256 thumbprint. */
export function certificateCredential(source: CertificateSource): Credential {
  let last: Proof | undefined;
  return {
    kind: 'certificate',
    proof: async () => {
      const pem = textOf(source.certificate);
      const keyPem = source.privateKey === undefined ? pem : textOf(source.privateKey);
      const evidence = `${pem}\n${keyPem}`;
      if (last?.evidence !== evidence) last = read(pem, keyPem, evidence);
      return last;
    },
  };
}

function read(pem: string, keyPem: string, evidence: string): Proof {
  const certificate = certificateIn(pem);
  const key = keyIn(keyPem);
  if (!certificate.checkPrivateKey(key)) {
    throw refused('the private key is not that of the certificate', 'Store the two that were made together.');
  }
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const thumbprintSha256 = certificate.fingerprint256.replaceAll(':', '');
  const auth = { clientCertificate: { thumbprintSha256, privateKey } };
  return { auth, version: evidence, evidence, secrets: [privateKey, keyPem] };
}

function textOf(reveal: () => string): string {
  try {
    return reveal();
  } catch (cause) {
    throw refused('the certificate or its key cannot be read', 'Check the files that graph.auth names.', cause);
  }
}

function certificateIn(pem: string): X509Certificate {
  const found = CERTIFICATE.exec(pem)?.[0];
  const hint = 'graph.auth.certificate has to hold -----BEGIN CERTIFICATE-----; of a PFX: openssl pkcs12 -nodes.';
  if (found === undefined) throw refused('there is no certificate in PEM', hint);
  try {
    return new X509Certificate(found);
  } catch (cause) {
    throw refused('the certificate is damaged', hint, cause);
  }
}

function keyIn(pem: string): KeyObject {
  const [found, label] = KEY.exec(pem) ?? [];
  const hint = 'Store the RSA key without a passphrase: openssl pkey -in KEY -out KEY.pem; mode 0600.';
  if (found === undefined) throw refused('there is no private key in PEM', hint);
  if (label === 'ENCRYPTED PRIVATE KEY' || found.includes('ENCRYPTED'))
    throw refused('the private key has a passphrase', hint);
  try {
    const key = createPrivateKey(found);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch (cause) {
    throw refused('the private key is damaged', hint, cause);
  }
  // Entra takes certificates with RSA keys only.
  throw refused('the private key is no RSA key', hint);
}

/** Without the cause's text where that may be key material: node's messages hold none. */
const refused = (why: string, hint: string, cause?: unknown): OtherlegError =>
  new OtherlegError('TOKEN_REFUSED', `the certificate of the application cannot be used: ${why}`, {
    hint,
    ...(cause !== undefined && { cause }),
  });
