/** A record that claims more octets than this is damage: no capture tool writes more (262,144 = its largest snap length). */
export const LARGEST_RECORD = 256 * 1024;

/** Walks the units (headers, records, blocks) of one capture format over octets that may end anywhere. */
export interface RecordReader {
  /** Octets that the next unit needs, counted from where `read` stopped. */
  readonly needs: number;
  /** Octets from that point on to be passed over without looking. */
  readonly skips: number;
  /** Why the rest of the file cannot be read. */
  readonly damage: string | undefined;
  /** Reads whole units of `octets[start, end)`; returns where the first unit begins that is not whole. */
  read(octets: Uint8Array, view: DataView, start: number, end: number): number;
}
