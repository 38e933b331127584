import { SrtcpOpener } from '../packet/srtcp-opener.ts';
import type { Written } from './media-map.ts';
import { chosenLines, srtpKeysOf } from './sdes.ts';
import type { SdpMedia } from './sdp.ts';

type Known = { readonly other: SdpMedia | undefined; readonly opener: SrtcpOpener };

/** Opens SRTCP with the keys that session descriptions hold (RFC 4568). In memory only, as long as the descriptions are. */
export class SignalledKeys {
  readonly #openers = new WeakMap<SdpMedia, Known>();

  /** The compound in the clear by the keys of one of those who may have sent it; undefined where none fits. */
  open(writers: readonly Written[], octets: Uint8Array, start: number, end: number): Uint8Array | undefined {
    for (const { line, other } of writers) {
      if (line.crypto === undefined) continue;
      const clear = this.#openerOf(line, line.crypto, other).open(octets, start, end);
      if (clear !== undefined) return clear;
    }
    return undefined;
  }

  /** The answer may come after packets under what was offered: then fewer keys count. */
  #openerOf(line: SdpMedia, crypto: NonNullable<SdpMedia['crypto']>, other: SdpMedia | undefined): SrtcpOpener {
    const known = this.#openers.get(line);
    if (known !== undefined && known.other === other) return known.opener;
    const { ours } = chosenLines(crypto, other?.crypto ?? []);
    const opener = new SrtcpOpener(ours.filter(({ problem }) => problem === undefined).flatMap(srtpKeysOf));
    this.#openers.set(line, { other, opener });
    return opener;
  }
}
