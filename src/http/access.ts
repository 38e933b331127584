import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Who may speak to a listener. `reveal` gives the token as it is now: its file may be renewed. */
export type AccessToken = {
  readonly name: string;
  readonly scope: 'read' | 'control';
  readonly reveal: () => string;
};

/** Somebody whose token was right. */
export type Bearer = Pick<AccessToken, 'name' | 'scope'>;

/** How often somebody was refused who tried a token that nobody has: on the page, or in a request. */
export type AccessCounts = { login: number; token: number };

/** How long a login lasts. Seconds. */
const LOGIN_SECONDS = 12 * 3600;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that tells nothing: digests are of one length, and every token is compared. */
export function bearerOf(tokens: readonly AccessToken[], told: string): Bearer | undefined {
  const given = digest(told);
  let found: Bearer | undefined;
  for (const { name, scope, reveal } of tokens) if (timingSafeEqual(given, digest(reveal()))) found = { name, scope };
  return found;
}

const mac = (token: AccessToken, text: string): string =>
  createHmac('sha256', digest(token.reveal())).update(text).digest('base64url');

/**
 * What a browser keeps instead of the token: whose it is and until when (epoch seconds), signed with the token itself. So
 * it outlives a restart, and ends with the token.
 */
export function sessionFor(token: AccessToken, now: number): { readonly value: string; readonly seconds: number } {
  const text = `${token.name}~${Math.floor(now) + LOGIN_SECONDS}`;
  return { value: `${text}~${mac(token, text)}`, seconds: LOGIN_SECONDS };
}

/** Whose session it is; undefined for one that is over, or that nobody here made. */
export function bearerOfSession(tokens: readonly AccessToken[], session: string, now: number): Bearer | undefined {
  const [name = '', until = '', signature = ''] = session.split('~');
  const token = tokens.find((one) => one.name === name);
  if (token === undefined || !/^\d{1,12}$/.test(until) || Number(until) <= now) return undefined;
  const isSigned = timingSafeEqual(digest(signature), digest(mac(token, `${name}~${until}`)));
  return isSigned ? { name, scope: token.scope } : undefined;
}
