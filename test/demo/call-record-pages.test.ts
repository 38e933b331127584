import { describe, expect, it } from 'vitest';
import { askedRecord, recordPage } from '../../src/demo/call-record-pages.ts';

const url = 'http://127.0.0.1:9000';
const record = { id: 'a', version: 3, sessions: Array.from({ length: 5 }, (_, id) => ({ id })) };
const first = '/v1.0/communications/callRecords/a?$expand=sessions($expand=segments)';

describe('a call record of the stand-in', () => {
  it.each([
    [first, 'a'],
    ['/beta/communications/callRecords/a%2Fb/sessions?$skiptoken=1', 'a/b'],
    ['/v1.0/communications/callRecords/', undefined],
    ['/v1.0/communications/calls/logTeleconferenceDeviceQuality', undefined],
  ])('%s asks for %s', (path, id) => expect(askedRecord(path)).toBe(id));

  it('comes in pages of the size that is preferred, the first within the record', () => {
    const pages: object[] = [];
    let path: string | undefined = first;
    while (path !== undefined) {
      const page = recordPage(record, path, 'x, odata.maxpagesize=2', url) as Record<string, unknown>;
      pages.push(page);
      const next = page['sessions@odata.nextLink'] ?? page['@odata.nextLink'];
      path = next === undefined ? undefined : String(next).replace(url, '');
    }
    expect(pages).toMatchObject([
      { id: 'a', version: 3, sessions: [{ id: 0 }, { id: 1 }] },
      { value: [{ id: 2 }, { id: 3 }] },
      { value: [{ id: 4 }] },
    ]);
    expect(pages[1]).not.toHaveProperty('id');
  });

  it('has no sessions unless they are asked for, and never more than sixty of them', () => {
    expect(recordPage(record, '/v1.0/communications/callRecords/a', '', url)).not.toHaveProperty('sessions');
    const many = { id: 'b', sessions: Array.from({ length: 99 }, (_, id) => ({ id })) };
    const page = recordPage(many, first, 'odata.maxpagesize=500', url) as { sessions: object[] };
    expect(page.sessions).toHaveLength(60);
  });
});
