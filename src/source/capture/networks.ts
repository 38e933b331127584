import { addressText, addressWords } from '../../packet/address.ts';

type Network = { readonly words: Int32Array; readonly family: number; readonly prefix: number };

/**
 * The networks in the form that the filter's compiler takes, without bits beyond the prefix; wider ones if there are more than
 * `most` (two, one of each family, is the least). What is no address or network is left out.
 */
export function widened(networks: readonly string[], most: number): readonly string[] {
  const read = networks.flatMap((network) => networkOf(network) ?? []);
  for (let longest = 128; longest > 0; longest -= 8) {
    const texts = new Set(read.map((network) => textOf(network, longest)));
    if (texts.size <= most) return [...texts];
  }
  return [...new Set(read.map((network) => textOf(network, 0)))];
}

function networkOf(text: string): Network | undefined {
  const [address = '', length] = text.split('/');
  const words = addressWords(address);
  if (words === undefined) return undefined;
  const family = address.includes(':') ? 6 : 4;
  const prefix = length === undefined ? bitsOf(family) : Number(length);
  return prefix >= 0 && prefix <= bitsOf(family) ? { words, family, prefix } : undefined;
}

const bitsOf = (family: number): number => (family === 4 ? 32 : 128);

/** `longest` = prefix of the 128 bits; IPv4 addresses are the last 32 of them. */
function textOf({ words, family, prefix }: Network, longest: number): string {
  const kept = Math.min(prefix, family === 4 ? Math.max(longest - 96, 0) : longest);
  const masked = words.map((word, index) => word & maskOf(family === 4 ? kept : kept - 32 * index));
  return `${addressText(masked, family)}/${kept}`;
}

const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));

/** Whether an address is in one of the networks; undefined where there are none, and it cannot be told. */
export function addressTest(networks: readonly string[]): ((address: string) => boolean) | undefined {
  const read = networks.flatMap((network) => networkOf(network) ?? []);
  if (read.length === 0) return undefined;
  return (address) => {
    const one = networkOf(address);
    return one !== undefined && read.some((network) => isIn(one, network));
  };
}

const isIn = ({ words, family }: Network, network: Network): boolean =>
  family === network.family && textOf({ words, family, prefix: network.prefix }, 128) === textOf(network, 128);
