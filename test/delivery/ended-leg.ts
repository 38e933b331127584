import type { Report } from '../../src/model/delivery.ts';
import type { Leg } from '../../src/model/leg.ts';

/** The n-th of any number of legs that have just ended, with its report. */
export function endedLeg(n: number, tenantId: string, at: number): { readonly leg: Leg; readonly report: Report } {
  const mediaLegId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const callChainId = `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const leg: Leg = {
    mediaLegId,
    revision: 0,
    owner: 'agent',
    state: 'ended',
    control: { callChainId, participantId: mediaLegId, tenantId },
    tenantId,
    device: { name: 'Boardroom', description: '-' },
    channels: [],
    earlierIdentifiers: [],
    startedAt: at - 60,
    endedAt: at,
    delivery: { state: 'waiting' },
  };
  const body = JSON.stringify({ quality: { mediaLegId, callChainId } });
  return { leg, report: { mediaLegId, tenantId, callChainId, body, createdAt: at } };
}
