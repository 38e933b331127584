import type { Endpoint } from '../model/channel.ts';
import { addressText, addressWords } from '../packet/address.ts';

/** An IPv4 address as a socket of both families shows it (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * An address as packets show it: of the ways to write one of IPv6 (RFC 5952) one, without a zone, and IPv4 where a socket of
 * both families meant it. What is no address stays as it is.
 */
export function wireAddress(told: string): string {
  if (!told.includes(':')) return told;
  const words = addressWords(told.split('%')[0] ?? told);
  if (words === undefined) return told;
  const text = addressText(words, 6);
  return MAPPED.exec(text)?.[1] ?? text;
}

/** The same of a socket. */
export const wireEndpoint = ({ address, port }: Endpoint): Endpoint => ({ address: wireAddress(address), port });
