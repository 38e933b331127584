import type { Direction } from '../model/channel.ts';
import type { Interval, Stream } from '../model/interval.ts';
import { present } from '../quality/present.ts';
import type { MeasuredInterval, MeasuredStream } from './measured.ts';

/** The interval of a stream once its direction is known. Outbound, loss and jitter are what the device reports. */
export function intervalOf(measured: MeasuredInterval, direction: Direction): Interval {
  const { loss, jitter, earlyJitter, roundTrip, ...counted } = measured.observed;
  const { reported } = measured;
  const inbound = direction === 'inbound';
  return present<Interval>({
    ...counted,
    loss: inbound ? loss : reported?.loss,
    jitter: inbound ? jitter : reported?.jitter,
    earlyJitter: inbound ? earlyJitter : reported?.earlyJitter,
    roundTrip: inbound ? measured.roundTrip?.ofReceiver : measured.roundTrip?.ofSender,
  });
}

/** The stream of the one currency once its leg and direction are known. */
export function streamOf(measured: MeasuredStream, mediaLegId: string, direction: Direction): Stream {
  const inbound = direction === 'inbound';
  return present<Stream>({
    streamId: measured.streamId,
    mediaLegId,
    source: 'capture',
    direction,
    continues: measured.continues?.streamId,
    ssrc: measured.ssrc,
    mid: undefined,
    kind: undefined,
    contentType: undefined,
    transport: measured.transport,
    local: inbound ? measured.destination : measured.source,
    remote: inbound ? measured.source : measured.destination,
    codec: measured.codec,
    clockRate: measured.clockRate,
    clockRateOrigin: measured.clockRateOrigin,
    channel: undefined,
  });
}
