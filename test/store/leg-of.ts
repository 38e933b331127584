import { createHash } from 'node:crypto';
import type { Report } from '../../src/model/delivery.ts';
import type { Leg } from '../../src/model/leg.ts';
import { origin } from './measured.ts';

export const tenant = '00000000-0000-0000-0000-000000000001';

/** A GUID that is the same for the same name in every run. */
export function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** A live leg, new to the store. */
export const legOf = (name: string, more: Partial<Leg> = {}): Leg => ({
  mediaLegId: guidOf(name),
  revision: 0,
  owner: 'agent-1',
  state: 'live',
  control: { callChainId: guidOf(`${name} call`), participantId: guidOf(`${name} participant`) },
  tenantId: tenant,
  device: { name: 'Cisco SX80', description: 'Bldg 30/21' },
  channels: [],
  earlierIdentifiers: [],
  startedAt: origin,
  delivery: { state: 'none' },
  ...more,
});

/** The same leg as its end leaves it. */
export const endedOf = (leg: Leg, more: Partial<Leg> = {}): Leg => ({
  ...leg,
  state: 'ended',
  endedAt: leg.startedAt + 60,
  endReason: 'ended',
  delivery: { state: 'queued' },
  ...more,
});

export const reportOf = (leg: Leg, more: Partial<Report> = {}): Report => ({
  mediaLegId: leg.mediaLegId,
  tenantId: leg.tenantId ?? tenant,
  callChainId: leg.control.callChainId ?? '',
  body: `{"quality":{"mediaLegId":"${leg.mediaLegId}"}}`,
  createdAt: leg.startedAt + 60,
  ...more,
});
