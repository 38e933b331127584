import { addressText } from '../packet/address.ts';
import { SipFramer } from '../packet/sip-framer.ts';
import type { FlowSink, TcpFlow } from '../packet/tcp.ts';
import type { Concerned, Path, Signalling } from './options.ts';

/** SIP messages out of TCP flows. */
export class SipOverTcp implements FlowSink {
  readonly #signalling: Signalling;
  readonly #onChange: (concerned: Concerned) => void;
  readonly #framers = new Map<TcpFlow, SipFramer>();

  constructor(signalling: Signalling, onChange: (concerned: Concerned) => void) {
    this.#signalling = signalling;
    this.#onChange = onChange;
  }

  data(flow: TcpFlow, octets: Uint8Array, start: number, end: number, micros: number): boolean {
    const framer = this.#framers.get(flow) ?? new SipFramer();
    const messages = framer.push(octets, start, end);
    if (messages === undefined) {
      this.#framers.delete(flow);
      return false;
    }
    this.#framers.set(flow, framer);
    const path = { ...pathOfFlow(flow), at: micros / 1e6 };
    for (const message of messages) {
      const concerned = this.#signalling.message(message, path);
      if (concerned !== undefined) this.#onChange(concerned);
    }
    return true;
  }

  gap(flow: TcpFlow): void {
    this.#framers.get(flow)?.gap();
  }

  close(flow: TcpFlow): void {
    this.#framers.delete(flow);
  }
}

function pathOfFlow(flow: TcpFlow): Path {
  return {
    source: { address: addressText(flow.source, flow.addressFamily), port: flow.sourcePort },
    destination: { address: addressText(flow.destination, flow.addressFamily), port: flow.destinationPort },
  };
}
