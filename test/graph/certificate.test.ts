import { constants, verify, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CertificateSource, certificateCredential } from '../../src/graph/certificate.ts';
import { cloudNamed } from '../../src/graph/clouds.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { msalTokens, type TokenProvider } from '../../src/graph/tokens.ts';
import { appCertificate, openssl, type Pem } from './app-certificate.ts';
import { CLIENT, denied, form, granted, loginHost, type Reply, TENANT } from './login-host.ts';
import type { LoopbackServer, Seen } from './loopback-server.ts';
import { hasOpenssl } from './tls-server.ts';

const clock = { now: () => Date.now() / 1000 };
const logged: string[] = [];
const log = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));

const json = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());

/** Looks at the assertion as the login host does (RFC 7523, 3): whose, for whom, how long, and signed by which key. */
function wrongWith(assertion: string, pem: Pem, tenant: string): string | undefined {
  const [head, claims, signature = ''] = assertion.split('.');
  const certificate = new X509Certificate(pem.certificate);
  const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
  const header = json(head);
  if (header['alg'] !== 'PS256') return `alg ${header['alg']}`;
  if (header['x5t#S256'] !== thumbprint) return 'AADSTS700027: Key was not found by thumbprint';
  const padding = { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signed = Buffer.from(`${head}.${claims}`);
  if (!verify('sha256', signed, padding, Buffer.from(signature, 'base64url')))
    return 'AADSTS700027: signature is wrong';
  const { aud, iss, sub, exp, nbf } = json(claims);
  if (aud !== `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`) return `aud ${aud}`;
  if (iss !== CLIENT || sub !== CLIENT) return `iss ${iss}, sub ${sub}`;
  const now = Date.now() / 1000;
  return Number(nbf) <= now + 5 && Number(exp) > now && Number(exp) <= now + 3600 ? undefined : `exp ${exp}`;
}

const strict =
  (pem: () => Pem, tenant = TENANT) =>
  (index: number, seen: Seen): Reply => {
    const posted = form(seen);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    if (posted['client_assertion_type'] !== type) return denied(401, 'invalid_client', 'no assertion');
    const wrong = wrongWith(posted['client_assertion'] ?? '', pem(), tenant);
    return wrong === undefined ? granted(`token-${index + 1}`) : denied(401, 'invalid_client', wrong);
  };

const provider = (login: LoopbackServer, source: CertificateSource): TokenProvider =>
  msalTokens({
    cloud: cloudNamed('global'),
    clientId: CLIENT,
    credential: certificateCredential(source),
    clock,
    logger: { debug: log, warn: log },
    transport: loginTransport({ origin: login.origin, deadlineSeconds: 2 }),
  });

const apart = (pem: () => Pem): CertificateSource => ({
  certificate: () => pem().certificate,
  privateKey: () => pem().privateKey,
});

const skipped = !hasOpenssl() && process.env['OTHERLEG_TEST_ALL'] !== '1';
describe.skipIf(skipped)('a certificate (else: apt-get install -y openssl)', () => {
  let first: Pem;
  let second: Pem;
  beforeAll(() => {
    first = appCertificate('otherleg one');
    second = appCertificate('otherleg two');
  });

  it('signs what the login host verifies: PS256 by its key, found by its SHA-256 thumbprint', async () => {
    const login = await loginHost(strict(() => first));
    const token = await provider(
      login,
      apart(() => first),
    ).token(TENANT);
    expect(token).toBe('token-1');
    expect(form(login.seen[0])).not.toHaveProperty('client_secret');
    expect(form(login.seen[0])['scope']).toBe('https://graph.microsoft.com/.default');
  });

  it.each([
    ['both in one text', (pem: Pem) => `${pem.privateKey}${pem.certificate}`],
    ['the key last, in PKCS #1', (pem: Pem) => `${pem.certificate}${openssl(['rsa', '-traditional'], pem.privateKey)}`],
    ['words between them', (pem: Pem) => `subject=x\r\n${pem.certificate}\nkey:\n${pem.privateKey}`],
    ['a chain behind it', (pem: Pem) => `${pem.certificate}${second.certificate}${pem.privateKey}`],
  ])('may come as %s', async (_name, text) => {
    const login = await loginHost(strict(() => first));
    expect(await provider(login, { certificate: () => text(first) }).token(TENANT)).toBe('token-1');
  });

  it('that is replaced on disk is taken up with the next use, without a restart', async () => {
    let stored = first;
    let wanted = first;
    const login = await loginHost(strict(() => wanted));
    const tokens = provider(
      login,
      apart(() => stored),
    );
    expect([await tokens.token(TENANT), await tokens.token(TENANT)]).toEqual(['token-1', 'token-1']);
    wanted = second;
    stored = second;
    expect(await tokens.token(TENANT)).toBe('token-2');
    expect(login.seen).toHaveLength(2);
  });

  it('that the app registration does not know is a refusal with the remedy, until another is stored', async () => {
    let stored = second;
    const login = await loginHost(strict(() => first));
    const tokens = provider(
      login,
      apart(() => stored),
    );
    for (const _ of [1, 2]) {
      await expect(tokens.token(TENANT)).rejects.toMatchObject({
        code: 'TOKEN_REFUSED',
        message: expect.stringContaining('AADSTS700027'),
        hint: expect.stringContaining(
          `Upload the certificate that graph.auth.certificate names to application ${CLIENT}`,
        ),
      });
    }
    expect(login.seen).toHaveLength(1);
    stored = first;
    expect(await tokens.token(TENANT)).toBe('token-2');
  });

  it('that is half replaced does not take a token away that still lasts', async () => {
    let stored = first;
    const login = await loginHost(strict(() => first));
    const tokens = provider(
      login,
      apart(() => stored),
    );
    await tokens.token(TENANT);
    stored = { certificate: second.certificate, privateKey: first.privateKey };
    expect(await tokens.token(TENANT)).toBe('token-1');
    await expect(tokens.token('22222222-2222-2222-2222-222222222222')).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
      message: expect.stringContaining('not that of the certificate'),
    });
  });

  it.each<[string, (pem: Pem) => Pem, string]>([
    ['no PEM', () => ({ certificate: 'PFX octets', privateKey: '' }), 'no certificate in PEM'],
    ['no key', (pem) => ({ ...pem, privateKey: pem.certificate }), 'no private key in PEM'],
    ['a damaged certificate', (pem) => ({ ...pem, certificate: damaged(pem.certificate) }), 'certificate is damaged'],
    ['a damaged key', (pem) => ({ ...pem, privateKey: damaged(pem.privateKey) }), 'key is damaged'],
    [
      'a passphrase',
      (pem) => ({ ...pem, privateKey: openssl(['pkcs8', '-topk8', '-passout', 'pass:x'], pem.privateKey) }),
      'passphrase',
    ],
    ['an EC key', () => appCertificate('curve', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']), 'no RSA key'],
  ])('with %s says so and asks nobody', async (_name, spoil, words) => {
    const login = await loginHost(() => granted('token'));
    const spoilt = spoil(first);
    const error: unknown = await provider(
      login,
      apart(() => spoilt),
    )
      .token(TENANT)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'TOKEN_REFUSED',
      message: expect.stringContaining(words),
      hint: expect.stringMatching(/PEM|RSA|made together|graph\.auth/),
    });
    expect(login.seen).toEqual([]);
  });

  it('that cannot be read is a refusal, not a crash', async () => {
    const login = await loginHost(() => granted('token'));
    const unreadable = () => {
      throw new Error('EACCES');
    };
    await expect(provider(login, { certificate: unreadable }).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
      message: expect.stringContaining('cannot be read'),
    });
  });

  it('leaves neither key nor assertion in what is logged and thrown', async () => {
    const login = await loginHost((_index, seen) => denied(401, 'invalid_client', `AADSTS700027: ${seen.body}`));
    const tokens = provider(
      login,
      apart(() => first),
    );
    const error: unknown = await tokens.token(TENANT).catch((reason: unknown) => reason);
    const told = `${logged.join('\n')} ${JSON.stringify(error)} ${String(error)}`;
    expect(told).not.toContain(first.privateKey.split('\n')[1]);
    expect(told).not.toContain('PRIVATE KEY');
  });
});

/** The frame stays, the octets within are gone. */
const damaged = (pem: string): string => pem.replace(/\n[^-]{64}\n/, '\nAAAA\n');
