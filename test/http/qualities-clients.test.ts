import { describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import { BEGIN, vtcLeg } from '../correlate/two-leg-call.ts';
import { serverOf, someLeg } from './agent-fake.ts';

/*
 * Public clients of Webex' meeting qualities are packages neither of npm nor of Debian, so none runs here; which were tried by
 * hand says docs/control-api.md. What they read was taken from their sources: the fields that the models of the Python
 * package wxc_sdk (1.37) name, the way it goes from page to page (`Link: <…>; rel="next"`, the list under `items`), the times
 * that the Splunk add-on parses, and what scripts take out of it, such as `item["audioOut"][0]["packetLoss"]`.
 */
const TEXTS = [
  ...['meetingInstanceId', 'webexUserName', 'webexUserEmail', 'joinTime', 'leaveTime', 'clientType', 'clientVersion'],
  ...['hardwareType', 'networkType', 'localIP', 'publicIP', 'maskedLocalIP', 'maskedPublicIP', 'serverRegion'],
  ...['participantId', 'participantSessionId', 'osType', 'osVersion', 'speakerName', 'camera', 'microphone'],
  ...['joinMeetingTime', 'videoMeshCluster', 'videoMeshServer'],
];
const SESSIONS = ['videoIn', 'videoOut', 'audioIn', 'audioOut', 'shareIn', 'shareOut'];
const FIGURES = ['packetLoss', 'latency', 'jitter', 'mediaBitRate', 'resolutionHeight', 'frameRate'];
const OF_SESSION = ['samplingInterval', 'startTime', 'endTime', 'codec', 'transportType', ...FIGURES];

const meetingId = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';
const leg: Leg = {
  ...someLeg,
  startedAt: BEGIN,
  control: { callChainId: meetingId, participantId: meetingId, deviceAddress: '10.1.2.3' },
};

type Session = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, unknown>>;

/** As a client reads: page after page, the parameters with the first request alone. */
async function readAll(url: string): Promise<{ readonly items: readonly Item[]; readonly pages: number }> {
  const items: Item[] = [];
  let pages = 0;
  let next: string | undefined = url;
  while (next !== undefined) {
    const answer: Response = await fetch(next);
    items.push(...((await answer.json()) as { items: Item[] }).items);
    pages += 1;
    next = /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return { items, pages };
}

describe('what clients of Webex read', () => {
  it('is there, in the types that they take', async () => {
    const { agent } = await serverOf();
    const { app } = await serverOf({
      list: async () => ({ items: [0, 1, 2].map((at) => ({ ...leg, mediaLegId: `${at}`, startedAt: BEGIN + at })) }),
      legs: { ...agent.legs, view: async (id) => ({ leg: { ...leg, mediaLegId: id }, ...vtcLeg() }) },
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const { items, pages } = await readAll(`${url}/v1/meeting/qualities?meetingId=${meetingId}&max=1`);
    await app.close();
    expect([pages, items.map(({ participantSessionId }) => participantSessionId)]).toEqual([3, ['0', '1', '2']]);
    for (const item of items) {
      expect(Object.keys(item).filter((key) => ![...TEXTS, ...SESSIONS, 'resources'].includes(key))).toEqual([]);
      for (const key of TEXTS) expect(typeof (item[key] ?? ''), key).toBe('string');
      for (const key of ['webexUserName', 'joinTime', 'participantId']) expect(item[key], key).toBeTruthy();
      // strptime('%Y-%m-%dT%H:%M:%S.%fZ') of the Splunk add-on wants the fraction of a second.
      expect(item['joinTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z$/);
      for (const name of SESSIONS) (item[name] as Session[]).forEach(sessionIsRead);
    }
    const [loss] = items.map(({ audioOut }) => (audioOut as Session[])[0]?.['packetLoss'] as number[]);
    expect(loss?.length).toBeGreaterThan(0);
  });
});

function sessionIsRead(session: Session): void {
  expect(Object.keys(session).filter((key) => !OF_SESSION.includes(key))).toEqual([]);
  expect(Number.isInteger(session['samplingInterval'])).toBe(true);
  for (const time of [session['startTime'], session['endTime']]) expect(Date.parse(String(time))).not.toBeNaN();
  expect(['UDP', 'TCP', undefined]).toContain(session['transportType']);
  // Numbers alone: a null is refused by readers with models.
  for (const figures of FIGURES.map((name) => session[name]).filter((each) => each !== undefined))
    expect((figures as unknown[]).every((value) => typeof value === 'number')).toBe(true);
}
