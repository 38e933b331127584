import { OtherlegError } from '../model/error.ts';
import { compoundShape, readCompound } from '../packet/rtcp.ts';

type Compound = { readonly octets: Uint8Array };

/** How many RTCP packets the compounds hold. Throws RTCP_INVALID, with the place, for one that is none or not clear. */
export function countPushed(compounds: readonly Compound[]): number {
  return compounds.reduce((sum, { octets }, index) => sum + packetsOf(octets, index), 0);
}

function packetsOf(octets: Uint8Array, index: number): number {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const shape = compoundShape(view, 0, octets.length, octets.length);
  if (shape === 'clear') return readCompound(octets, view, 0, octets.length).length;
  const what = shape === 'encrypted' ? 'is encrypted (SRTCP)' : 'is no RTCP compound';
  throw new OtherlegError('RTCP_INVALID', `/${index}/base64: ${what}`, {
    hint: 'push compounds as they are before encryption or after decryption, one for each datagram; none of them was taken',
  });
}
