/** Who takes the records of a capture. The octets are valid during the call only. */
export interface RecordSink {
  /**
   * One captured packet: `octets[start, end)`, seen through `view` too (same indices). `micros` = microseconds since
   * the epoch, with a fraction in nanosecond captures. `linkType` = LINKTYPE_ value. `interfaceId` counts the interfaces
   * of the whole file from 0, over its sections. `originalLength` = octets on the wire.
   */
  record(
    octets: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    interfaceId: number,
    originalLength: number,
  ): void;
  /**
   * The capture itself lost `count` > 0 packets on this interface since it last said so, at the latest by `micros`.
   * Comes before the record that tells of it.
   */
  drops?(interfaceId: number, count: number, micros: number): void;
}

/** What a file was. Filled as it is read. */
export type CaptureCounters = {
  /** Absent until the first four octets are known, and for ever if they are no capture's. */
  format?: 'pcap' | 'pcapng';
  /** Whole records handed to the sink. */
  records: number;
  /** Octets of the file taken. */
  octets: number;
  /** Records shorter than the packet was on the wire. */
  snapped: number;
  /** Packets that the capture says it lost. */
  dropped: number;
  interfaces: number;
  /** The file is damaged, cut short or no capture file: where (octets from its begin) and why. */
  truncated: boolean;
  damage?: { readonly at: number; readonly reason: string };
};

/** All zero. */
export function newCounters(): CaptureCounters {
  return { records: 0, octets: 0, snapped: 0, dropped: 0, interfaces: 0, truncated: false };
}
