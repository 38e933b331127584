import type { RecordSink } from '../../packet/capture-record.ts';
import { DelayLine } from './delay-line.ts';
import type { LaneName } from './thread-messages.ts';

/** The lanes' records while they wait: each lane comes in order, and both together leave in order. */
export class InOrder implements Readonly<Record<LaneName, DelayLine>> {
  readonly media: DelayLine;
  readonly signalling: DelayLine;

  constructor(sink: RecordSink) {
    this.media = new DelayLine(sink);
    this.signalling = new DelayLine(sink);
  }

  /** Gives out what was captured before `micros`; of one moment the media first. */
  release(micros: number): void {
    for (let next = this.signalling.next; next < micros; next = this.signalling.next) {
      this.media.release(next + 1);
      this.signalling.give();
    }
    this.media.release(micros);
  }
}
