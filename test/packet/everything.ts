import { CaptureFile } from '../../src/packet/capture-file.ts';
import { Datagram, Decapsulator, TCP } from '../../src/packet/datagram.ts';
import * as demux from '../../src/packet/demux.ts';
import { redPrimaryPayloadType } from '../../src/packet/red.ts';
import { compoundShape, type RtcpPacket, readCompound } from '../../src/packet/rtcp.ts';
import { RtpHeader, readRtp } from '../../src/packet/rtp.ts';
import { readSip, type SipMessage, sessionDescriptions } from '../../src/packet/sip.ts';
import { SipFramer } from '../../src/packet/sip-framer.ts';
import { readStun } from '../../src/packet/stun.ts';
import { type TcpFlow, TcpReassembler } from '../../src/packet/tcp.ts';

/** A promise of the room that was broken. */
function demand(holds: boolean, promise: string): void {
  if (!holds) throw new Error(promise);
}

/** Reads captures as the meter does, through every parser, and checks what each promises. */
export class Everything {
  readonly kinds: number[] = new Array(9).fill(0);
  readonly rtcp: RtcpPacket[] = [];
  readonly sip: SipMessage[] = [];
  readonly decapsulator = new Decapsulator();
  readonly #datagram = new Datagram();
  readonly #header = new RtpHeader();
  readonly #framers = new Map<TcpFlow, SipFramer>();
  /** Called for each RTP packet; the objects are used again. */
  onRtp: (header: RtpHeader, datagram: Datagram) => void = () => {};

  readonly #tcp = new TcpReassembler({
    data: (flow, octets, start, end) => {
      demand(start < end && end <= octets.length, 'a flow yields octets that are there');
      const framer = this.#framers.get(flow) ?? new SipFramer();
      const messages = framer.push(octets, start, end);
      if (messages === undefined) this.#framers.delete(flow);
      else this.#framers.set(flow, framer);
      this.#takeSip(messages ?? []);
      return messages !== undefined;
    },
    gap: (flow) => this.#framers.get(flow)?.gap(),
    close: (flow) => void this.#framers.delete(flow),
  });

  /** The whole file, in chunks. */
  file(file: Uint8Array, chunk = 1 << 20): CaptureFile['counters'] {
    let records = 0;
    const capture = new CaptureFile({
      record: (octets, view, start, end, micros, linkType, interfaceId, original) => {
        records += 1;
        demand(start >= 0 && start <= end && end <= octets.length, 'a record lies in its octets');
        demand(end - start <= 262_144, 'a record is no longer than 256 KiB');
        demand(micros >= 0 && micros <= Number.MAX_SAFE_INTEGER, 'a time is a time');
        demand(interfaceId >= 0 && interfaceId < capture.counters.interfaces, 'an interface is counted');
        demand(original >= 0, 'a length is a length');
        this.#record(octets, view, start, end, micros, linkType);
      },
      drops: (interfaceId, count) => demand(count >= 0 && interfaceId >= 0, 'drops are dropped, or said to be none'),
    });
    for (let at = 0; at < file.length; at += chunk) capture.push(file.subarray(at, at + chunk));
    capture.end();
    this.#tcp.end();
    demand(records === capture.counters.records, 'every record is counted');
    return capture.counters;
  }

  #record(octets: Uint8Array, view: DataView, start: number, end: number, micros: number, linkType: number): void {
    const datagram = this.#datagram;
    if (!this.decapsulator.locate(octets, view, start, end, linkType, datagram, micros)) return;
    const { start: from, end: to, length } = datagram;
    demand(from >= 0 && from <= to && to <= datagram.octets.length, 'a payload lies in its octets');
    demand(to - from <= length && length <= 262_144, 'no more is captured than was there');
    if (datagram.protocol === TCP) this.#tcp.segment(datagram, micros);
    else this.payload(datagram.octets, datagram.view, from, to, length);
  }

  /** A UDP payload: by what it is, and what TURN carries in it. */
  payload(octets: Uint8Array, view: DataView, start: number, end: number, length: number): void {
    const kind = demux.classify(octets, view, start, end, length);
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    if (kind === demux.RTP) this.#takeRtp(view, start, end, length);
    else if (kind === demux.RTCP) this.rtcp.push(...readCompound(octets, view, start, end));
    else if (kind === demux.SIP) this.#takeSip(readSip(octets, start, end));
    else if (kind === demux.STUN) {
      const data = readStun(view, start, end, length)?.data;
      if (data !== undefined && data.end > data.start) this.payload(octets, view, data.start, data.end, data.length);
    } else if (kind === demux.TURN_CHANNEL) {
      const from = start + demux.CHANNEL_DATA_HEADER;
      const inner = view.getUint16(start + 2);
      this.payload(octets, view, from, Math.min(end, from + inner), inner);
    }
  }

  /** Every parser, whatever `classify` would say. */
  parsers(octets: Uint8Array, captured: number): void {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    this.#takeRtp(view, 0, captured, octets.length);
    redPrimaryPayloadType(view, 0, captured, octets.length);
    compoundShape(view, 0, captured, octets.length);
    readCompound(octets, view, 0, captured);
    readStun(view, 0, captured, octets.length);
    this.#takeSip(readSip(octets, 0, captured));
    this.payload(octets, view, 0, captured, octets.length);
  }

  #takeRtp(view: DataView, start: number, end: number, length: number): void {
    const header = this.#header;
    if (!readRtp(view, start, end, length, header)) return;
    demand(header.payloadLength >= -1 && header.payloadLength <= length, 'a payload is part of its packet');
    if (header.payloadLength > 0 && header.payloadStart < end)
      redPrimaryPayloadType(view, header.payloadStart, end, header.payloadLength);
    this.onRtp(header, this.#datagram);
  }

  #takeSip(messages: readonly SipMessage[]): void {
    for (const message of messages) sessionDescriptions(message);
    this.sip.push(...messages);
  }
}
