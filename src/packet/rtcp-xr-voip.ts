import type { VoipMetrics } from './rtcp-xr.ts';

/**
 * VoIP metrics (RFC 3611, 4.7).
 *
 *    0 |     type = 7  |   reserved    |       length = 8              |
 *    4 |                        SSRC of source                         |
 *    8 |   loss rate   | discard rate  | burst density |  gap density  |
 *   12 |       burst duration          |         gap duration          |
 *   16 |     round trip delay          |       end system delay        |
 *   20 | signal level  |  noise level  |     RERL      |     Gmin      |
 *   24 |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
 *   28 |   RX config   |   reserved    |          JB nominal           |
 *   32 |          JB maximum           |          JB abs max           |
 */
const UNAVAILABLE = 127;

/** The block at `at`, which is whole. */
export function readVoipMetrics(view: DataView, at: number): VoipMetrics {
  const ratio = (offset: number): number => view.getUint8(at + offset) / 256;
  const seconds = (offset: number): number => view.getUint16(at + offset) / 1000;
  return {
    type: 'voip',
    ssrc: view.getUint32(at + 4),
    lossRate: ratio(8),
    discardRate: ratio(9),
    burstDensity: ratio(10),
    gapDensity: ratio(11),
    burstDuration: seconds(12),
    gapDuration: seconds(14),
    gapThreshold: view.getUint8(at + 23),
    receiverConfiguration: view.getUint8(at + 28),
    jitterBufferNominal: seconds(30),
    jitterBufferMaximum: seconds(32),
    jitterBufferAbsoluteMaximum: seconds(34),
    ...readDelays(view, at),
    ...readLevels(view, at),
    ...readGrades(view, at),
  };
}

function readDelays(view: DataView, at: number): Pick<VoipMetrics, 'roundTripDelay' | 'endSystemDelay'> {
  const roundTrip = view.getUint16(at + 16);
  const endSystem = view.getUint16(at + 18);
  return {
    ...(roundTrip > 0 && { roundTripDelay: roundTrip / 1000 }),
    ...(endSystem > 0 && { endSystemDelay: endSystem / 1000 }),
  };
}

function readLevels(
  view: DataView,
  at: number,
): Pick<VoipMetrics, 'signalLevel' | 'noiseLevel' | 'residualEchoReturnLoss'> {
  const signalLevel = view.getInt8(at + 20);
  const noiseLevel = view.getInt8(at + 21);
  const residualEchoReturnLoss = view.getUint8(at + 22);
  return {
    ...(signalLevel !== UNAVAILABLE && { signalLevel }),
    ...(noiseLevel !== UNAVAILABLE && { noiseLevel }),
    ...(residualEchoReturnLoss !== UNAVAILABLE && { residualEchoReturnLoss }),
  };
}

/** R factors are 0–100, mean opinion scores 10–50 in tenths (4.7.5): what lies outside is not available. */
function readGrades(
  view: DataView,
  at: number,
): Pick<VoipMetrics, 'rFactor' | 'externalRFactor' | 'mosListening' | 'mosConversational'> {
  const [rFactor, externalRFactor] = [view.getUint8(at + 24), view.getUint8(at + 25)];
  const [listening, conversational] = [view.getUint8(at + 26), view.getUint8(at + 27)];
  return {
    ...(rFactor <= 100 && { rFactor }),
    ...(externalRFactor <= 100 && { externalRFactor }),
    ...(isScore(listening) && { mosListening: listening / 10 }),
    ...(isScore(conversational) && { mosConversational: conversational / 10 }),
  };
}

function isScore(tenths: number): boolean {
  return tenths >= 10 && tenths <= 50;
}
