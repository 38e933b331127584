/** One end of a UDP flow. */
export type Endpoint = { readonly address: string; readonly port: number };

/** The address of party `number` (0: the gateway, 1…: the devices) as text, in 10/8 or 2001:db8::/32. */
export function addressOf(number: number, addresses: 'ipv4' | 'ipv6'): string {
  if (addresses === 'ipv6') return number === 0 ? '2001:db8::1' : `2001:db8:1::${number.toString(16)}`;
  return number === 0 ? '10.0.0.1' : `10.1.${number >> 8}.${number & 255}`;
}

/** The octets of an address: four, or sixteen. */
export function addressOctets(address: string): readonly number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  const [head = '', tail = ''] = address.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const middle = Array.from({ length: 8 - words(head).length - words(tail).length }, () => 0);
  return [...words(head), ...middle, ...words(tail)].flatMap((word) => [word >> 8, word & 255]);
}
