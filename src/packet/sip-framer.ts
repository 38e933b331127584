import { readMessage, type SipMessage } from './sip.ts';
import { afterEmptyLines, endOfLine, looksLikeSip } from './sip-lines.ts';

/** What is kept of a flow: more than any message that we would read. */
const MOST_KEPT = 64 * 1024;
/** A flow that shows so many octets that are no SIP, without a message between, is none. */
const PATIENCE = 16 * 1024;

/** Cuts the octets of a TCP flow into messages by Content-Length (RFC 3261, 18.3). Keeps at most 64 KiB. */
export class SipFramer {
  #octets = new Uint8Array(2048);
  #length = 0;
  /** Octets that the message at the begin needs, once its headers told. */
  #needs = 0;
  #strange = 0;

  /** The messages that these octets complete. Undefined: this is no SIP, forget the flow. */
  push(octets: Uint8Array, start: number, end: number): SipMessage[] | undefined {
    this.#append(octets.subarray(start, end));
    const messages: SipMessage[] = [];
    let at = 0;
    while (this.#length - at >= this.#needs) {
      at = this.#begin(at);
      const reading = looksLikeSip(this.#octets, at, this.#length)
        ? readMessage(this.#octets, at, this.#length)
        : undefined;
      if (reading === undefined) {
        if (this.#length - at > PATIENCE) at = this.#drop();
        break;
      }
      this.#needs = reading.message.truncated ? reading.next - at : 0;
      if (reading.message.truncated) break;
      messages.push(reading.message);
      this.#strange = 0;
      at = reading.next;
    }
    this.#octets.copyWithin(0, at, this.#length);
    this.#length -= at;
    return this.#strange > PATIENCE ? undefined : messages;
  }

  /** After a gap: drops what is kept, and finds the next message. */
  gap(): void {
    this.#length = 0;
    this.#needs = 0;
  }

  /** Gives up what is kept: neither a start line nor headers end in it, or its body is too long. */
  #drop(): number {
    this.#strange += this.#length;
    this.gap();
    return 0;
  }

  #append(more: Uint8Array): void {
    if (this.#length + more.length > MOST_KEPT) this.#drop();
    if (this.#length + more.length > this.#octets.length) {
      const larger = new Uint8Array(Math.max(this.#length + more.length, Math.min(MOST_KEPT, 2 * this.#octets.length)));
      larger.set(this.#octets.subarray(0, this.#length));
      this.#octets = larger;
    }
    this.#octets.set(more, this.#length);
    this.#length += more.length;
  }

  /** Passes over empty lines, and over lines that begin no message (the flow was joined under way, or broke). */
  #begin(from: number): number {
    let at = from;
    for (;;) {
      at = afterEmptyLines(this.#octets, at, this.#length);
      if (looksLikeSip(this.#octets, at, this.#length)) return at;
      const line = endOfLine(this.#octets, at, this.#length);
      if (line === this.#length) return at;
      this.#strange += line + 1 - at;
      at = line + 1;
    }
  }
}
