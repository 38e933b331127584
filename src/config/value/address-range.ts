import { isIP } from 'node:net';
import { z } from 'zod';

/** Whether a text is an IP address or a CIDR range (RFC 4632, RFC 4291). */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Schema of an IP address or CIDR range; the text stays as it is. */
export const addressRange = z.string().refine(isAddressRange, {
  error: 'is neither an IP address nor a CIDR range',
  params: { remedy: 'write 10.1.2.3, 10.1.0.0/16 or 2001:db8::/48' },
});
