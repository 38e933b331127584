import { expect, test } from 'vitest';
import { type Comparison, comparisons } from '../../src/demo/comparison.ts';
import { quality, report, truth } from './example.ts';

const find = (rows: readonly Comparison[], ...[media, direction, figure]: readonly string[]): Comparison | undefined =>
  rows.find((row) => row.channel.media === media && row.direction === direction && row.figure === figure);

const rows = comparisons(
  report(quality('audio'), quality('video'), quality('screenSharing')),
  truth('audio', 'video', 'screenSharing'),
);

test('there is a row for each figure, direction and channel', () => expect(rows).toHaveLength(3 * 2 * 3));

test("loss inbound is beside all that the relay dropped, outbound beside what the device's last report can know", () => {
  expect(find(rows, 'audio', 'inbound', 'loss')).toMatchObject({ relay: 2, measured: 2.04, unit: '%' });
  expect(find(rows, 'audio', 'outbound', 'loss')).toMatchObject({ relay: 1.5, measured: 1.5, unit: '%' });
});

test("a round trip is beside the loop of the channel's own reports, both ways", () => {
  const relay = expect.closeTo(81.2, 9);
  expect(find(rows, 'video', 'inbound', 'round trip')).toMatchObject({ relay, measured: expect.closeTo(81.5, 9) });
  expect(find(rows, 'video', 'outbound', 'round trip')).toMatchObject({ relay, measured: 81 });
});

test('jitter is compared for audio; that of pictures is shown with its origin', () => {
  expect(find(rows, 'audio', 'inbound', 'jitter')).toMatchObject({ relay: 3, measured: expect.closeTo(3.1, 9) });
  for (const media of ['video', 'screenSharing']) {
    const row = find(rows, media, 'outbound', 'jitter');
    expect(row).toMatchObject({ measured: expect.closeTo(4.2, 9), note: expect.stringContaining('paced') });
    expect(row).not.toHaveProperty('relay');
  }
});

test("the screen's outbound loss is stated only", () => {
  expect(find(rows, 'screenSharing', 'outbound', 'loss')?.note).toContain('stated only');
  expect(find(rows, 'screenSharing', 'inbound', 'loss')).not.toHaveProperty('note');
});

test('what nobody measured has no measured value', () => {
  const row = find(comparisons(report(), truth('audio')), 'audio', 'inbound', 'loss');
  expect(row).toMatchObject({ relay: 2 });
  expect(row).not.toHaveProperty('measured');
});
