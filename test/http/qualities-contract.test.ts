import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import { webexItems } from '../../src/source/webex/shape.ts';
import { BEGIN, type Faults, vtcLeg } from '../correlate/two-leg-call.ts';
import { serverOf, someLeg } from './agent-fake.ts';
import { prismBefore } from './prism-process.ts';

const document = resolve(import.meta.dirname, '../../../shared/openapi/webex-qualities.json');
const meetingId = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';

/** Legs with every kind of hole. */
const faults: readonly Faults[] = [
  {},
  { 'audio inbound': { silent: true, from: 20, to: 200 }, 'video outbound': { blind: true, from: 60, to: 130 } },
  { 'screenSharing inbound': { silent: true } },
];
const leg: Leg = {
  ...someLeg,
  startedAt: BEGIN,
  control: {
    callChainId: meetingId,
    participantId: '11111111-2222-3333-4444-555555555555',
    deviceAddress: '10.1.2.3',
    webex: { meetingId: 'x', email: 'room@example.com' },
  },
};
const load = { processAverageCPU: [3.1], processMaxCPU: [5], systemAverageCPU: [10], systemMaxCPU: [20] };

/** Cisco's published schema of what its clients expect. */
describe.skipIf(!existsSync(document))('Webex’ OpenAPI (needs ../shared/openapi)', () => {
  let closing: (() => Promise<unknown>)[] = [];
  let url = '';

  beforeAll(async () => {
    const views = faults.map((told) => vtcLeg(told));
    const { agent } = await serverOf();
    const { app } = await serverOf({
      list: async () => ({ items: views.map((_, at) => ({ ...leg, mediaLegId: `${at}`, startedAt: BEGIN + at })) }),
      legs: {
        ...agent.legs,
        view: async (id) => ({ leg: { ...leg, mediaLegId: id }, ...(views[Number(id)] ?? vtcLeg()) }),
      },
      // Texts where the document has numbers, for one sampling: Prism must see that.
      load: (_, seconds) => (seconds === 30 ? [{ ...load, systemMaxCPU: ['20'] as unknown as number[] }] : [load]),
    });
    const prism = await prismBefore(document, `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1`);
    closing = [prism.close, () => app.close()];
    url = prism.url;
  });

  afterAll(() => Promise.all(closing.map((close) => close())));

  it.each(['', '&samplingInterval=5', '&max=1', '&max=1&offset=2'])('is kept by our answers%s', async (more) => {
    const answer = await fetch(`${url}/meeting/qualities?meetingId=${meetingId}${more}`);
    expect(answer.headers.get('sl-violations')).toBeNull();
    expect(answer.status).toBe(200);
    const items = webexItems(await answer.json());
    expect(items?.length).toBe(more.includes('max=1') ? 1 : 3);
  });

  it('would be broken by texts where it has numbers', async () => {
    const answer = await fetch(`${url}/meeting/qualities?meetingId=${meetingId}&samplingInterval=30`);
    expect(answer.headers.get('sl-violations')).toContain('systemMaxCPU');
  });

  it('has no word on the body of errors, only on their status', async () => {
    const answer = await fetch(`${url}/meeting/qualities?meetingId=nonsense`);
    expect([answer.status, answer.headers.get('sl-violations')]).toEqual([400, null]);
    expect(await answer.json()).toMatchObject({ trackingId: expect.any(String) });
  });
});
