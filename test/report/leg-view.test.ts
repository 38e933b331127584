import { describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import { attemptView, deliveryView, reportEntryView } from '../../src/report/delivery-view.ts';
import { legEntryView, legView } from '../../src/report/leg-view.ts';
import { rfc3339, timeMember } from '../../src/report/rfc3339.ts';
import { summary } from './summaries.ts';

const leg: Leg = {
  mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
  revision: 3,
  owner: 'here',
  state: 'live',
  control: {
    callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
    deviceAddress: '10.1.2.3',
    deviceUri: 'sip:boardroom@example.com',
  },
  tenantId: '00000000-0000-0000-0000-000000000001',
  device: { name: 'Cisco SX80', description: 'Bldg 30/21', room: 'Boardroom' },
  channels: [
    { media: 'audio', channelIndex: 1, told: 'control', spells: [{ from: 1_700_000_000, direction: 'sendrecv' }] },
  ],
  earlierIdentifiers: [],
  startedAt: 1_700_000_000,
  delivery: { state: 'none' },
};

const audio = summary(
  'audio',
  { averageInboundJitter: { absent: 'silent' } },
  { local: { address: '192.0.2.7', port: 40_000 }, codec: { inbound: 'opus' } },
);

const full = { addresses: 'full' } as const;
const masked = { addresses: 'masked' } as const;

describe('a leg as people see it', () => {
  it('has its identity, and nothing that is not known', () => {
    expect(legEntryView(leg, full)).toEqual({
      mediaLegId: leg.mediaLegId,
      state: 'live',
      revision: 3,
      callChainId: leg.control.callChainId,
      tenantId: leg.tenantId,
      device: leg.device,
      deviceAddress: '10.1.2.3',
      deviceUri: 'sip:boardroom@example.com',
      startedAt: '2023-11-14T22:13:20.000Z',
      delivery: { state: 'none' },
    });
  });

  it('shows its channels with figures or their reasons; the device is where its signalling is if no packet says', () => {
    const { channels } = legView({ leg, channels: [audio] }, full);
    expect(channels).toMatchObject([
      {
        media: 'audio',
        channelIndex: 1,
        enabled: true,
        mediaDuration: 60,
        local: { address: '192.0.2.7', port: 40_000 },
        remote: { address: '10.1.2.3' },
        codec: { inbound: 'opus' },
        figures: { averageInboundJitter: { absent: 'silent' } },
      },
    ]);
  });

  it('shows networks instead of addresses where addresses are masked', () => {
    const view = legView({ leg, channels: [audio] }, masked);
    expect(view.deviceAddress).toBe('10.1.2.0');
    expect(view.channels[0]).toMatchObject({
      local: { address: '192.0.2.0', port: 40_000 },
      remote: { address: '10.1.2.0' },
    });
    expect(JSON.stringify(view)).not.toMatch(/10\.1\.2\.3|192\.0\.2\.7/);
    const byUri: Leg = {
      ...leg,
      control: { deviceUri: 'sip:anna@203.0.113.77:5060' },
      device: { name: 'x', description: 'room at [2001:db8:1:2::3], 203.0.113.78' },
    };
    expect(legEntryView(byUri, masked)).toMatchObject({
      deviceUri: 'sip:anna@203.0.113.0:5060',
      device: { description: 'room at [2001:db8:1::], 203.0.113.0' },
    });
  });

  it('that ended has no enabled channel', () => {
    const ended: Leg = { ...leg, state: 'ended', endedAt: 1_700_000_060, endReason: 'hangup', severity: 0.4 };
    expect(legView({ leg: ended, channels: [audio] }, full)).toMatchObject({
      endedAt: '2023-11-14T22:14:20.000Z',
      endReason: 'hangup',
      severity: 0.4,
      channels: [{ enabled: false }],
    });
  });
});

describe('a delivery as people see it', () => {
  it('has times as text, and only those there are', () => {
    expect(deliveryView({ state: 'queued', attempts: 2, at: 1_700_000_000, dueAt: 1_700_000_001.5 })).toEqual({
      state: 'queued',
      attempts: 2,
      at: '2023-11-14T22:13:20.000Z',
      dueAt: '2023-11-14T22:13:21.500Z',
    });
    expect(deliveryView({ state: 'waiting' })).toEqual({ state: 'waiting' });
  });

  it('tells every attempt with what Graph said', () => {
    const trace = { status: 403, code: '7505' };
    expect(attemptView({ kind: 'refused', at: 1, trace })).toEqual({
      kind: 'refused',
      at: '1970-01-01T00:00:01.000Z',
      trace,
    });
    expect(attemptView({ kind: 'keep', at: 1, dueAt: 2 })).toEqual({
      kind: 'keep',
      at: '1970-01-01T00:00:01.000Z',
      dueAt: '1970-01-01T00:00:02.000Z',
    });
    const report = {
      mediaLegId: 'm',
      callChainId: 'c',
      tenantId: 't',
      state: 'delivered' as const,
      attempts: 1,
      createdAt: 0,
      settledAt: 1,
    };
    expect(reportEntryView({ ...report, last: { kind: 'accepted', at: 1 } })).toEqual({
      ...report,
      createdAt: '1970-01-01T00:00:00.000Z',
      settledAt: '1970-01-01T00:00:01.000Z',
      last: { kind: 'accepted', at: '1970-01-01T00:00:01.000Z' },
    });
  });
});

describe('times', () => {
  it('are RFC 3339 in UTC, or not there', () => {
    expect(rfc3339(1_700_000_000.25)).toBe('2023-11-14T22:13:20.250Z');
    expect(timeMember('at', undefined)).toEqual({});
    expect(timeMember('at', 0)).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });
});
