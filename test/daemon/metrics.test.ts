import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { families, Metrics } from '../../src/daemon/metrics.ts';
import { promtool, promtoolCure, sampleNames, sampleOf, samplesOf, withoutPromtool } from './exposition.ts';
import { fullFacts } from './full-facts.ts';

const GOLDEN = new URL('metrics.golden.txt', import.meta.url);

const textOf = async (change = {}): Promise<string> => (await new Metrics(async () => fullFacts(change)).text()).body;

/** The values that each label has where everything is told: lists that grow with calls would show. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  media: ['audio', 'video', 'screenSharing'],
  origin: ['measured', 'reported', 'inferred', 'paced'],
  kind: ['rtp', 'rtcp', 'other'],
  source: ['capture', 'getstats'],
  operation: ['report', 'call_record'],
  result: ['imported', 'given-up'],
  way: ['login', 'token'],
};

describe('metrics', () => {
  it('have the names, types and labels that they always had', async () => {
    const text = await textOf();
    const lines = families.map(({ name, type, labels }) => `${name} ${type} {${labels.join(',')}}`).toSorted();
    expect(`${lines.join('\n')}\n`).toBe(readFileSync(GOLDEN, 'utf8'));
    for (const { name, type } of families) expect(text).toContain(`# TYPE ${name} ${type}\n`);
  });

  it('show the labels that they declare, with few values each', async () => {
    const lines = samplesOf(await textOf());
    for (const { name, type, labels } of families) {
      const own = lines.filter(
        (line) => line.name === name || (type === 'histogram' && line.name === `${name}_bucket`),
      );
      expect(own, name).not.toEqual([]);
      const shown = [...labels, ...(type === 'histogram' ? ['le'] : [])].toSorted();
      for (const line of own) expect(Object.keys(line.labels).toSorted(), name).toEqual(shown);
    }
    for (const [label, values] of Object.entries(CLOSED)) {
      const shown = lines
        .filter(({ name }) => name.startsWith('otherleg_'))
        .flatMap(({ labels }) => labels[label] ?? []);
      expect([...new Set(shown)].toSorted(), label).toEqual(values.toSorted());
    }
  });

  it.skipIf(withoutPromtool)(`are taken by promtool${promtoolCure}`, async () => {
    const complaints = promtool(['check', 'metrics'], await textOf());
    // prom-client's own names of Node.js are not all to its taste.
    const ours = complaints.split('\n').filter((line) => line.includes('otherleg_') || line.includes('error'));
    expect(ours).toEqual([]);
  });

  it.skipIf(withoutPromtool)(`that promtool does not take are seen${promtoolCure}`, () => {
    expect(promtool(['check', 'metrics'], '# TYPE a counter\na{b="c} 1\n')).toContain('error');
  });

  it('show what was counted', async () => {
    const text = await textOf();
    const of = (name: string, labels = {}) => sampleOf(text, `otherleg_${name}`, labels);
    expect(of('build_info', { version: '1.2.3', node: 'v24.0.0' })).toBe(1);
    expect(of('calls_active')).toBe(2);
    expect(of('outbox_bytes')).toBe(4711);
    expect([
      of('source_malformed_total', { source: 'capture', reason: 'header' }),
      of('unassigned_packets_total'),
    ]).toEqual([1, 7]);
    const fleet = ['handed_over', 'reports_taken_over', 'late_outcomes', 'outages', 'legs_taken_over', 'legs_lost'];
    expect(fleet.map((name) => of(`fleet_${name}_total`))).toEqual([11, 12, 13, 14, 15, 16]);
    expect(
      ['shared_up', 'backlog_records', 'lease_expires_timestamp_seconds'].map((name) => of(`fleet_${name}`)),
    ).toEqual([1, 17, 2020]);
    expect(of('calls_ended_total', { reason: 'sip-bye' })).toBe(2);
    expect(of('calls_ended_total', { reason: 'shutdown' })).toBe(0);
    expect(of('inbound_packets_total', { media: 'audio' })).toBe(400);
    expect(of('outbound_packets_lost_total', { media: 'video', origin: 'reported' })).toBe(10);
    expect(of('inbound_loss_ratio_count', { media: 'audio', origin: 'measured' })).toBe(1);
    expect(of('inbound_loss_ratio_sum', { media: 'audio', origin: 'measured' })).toBeCloseTo(10 / 110);
    expect(of('inbound_loss_ratio_bucket', { media: 'audio', origin: 'measured', le: '0.05' })).toBe(0);
    expect(of('inbound_loss_ratio_bucket', { media: 'audio', origin: 'measured', le: '0.1' })).toBe(1);
    expect(of('inbound_loss_ratio_bucket', { media: 'audio', origin: 'measured', le: '+Inf' })).toBe(1);
    expect(of('outbound_jitter_seconds_sum', { media: 'audio', origin: 'reported' })).toBe(0.02);
    expect(of('round_trip_seconds_count', { media: 'screenSharing' })).toBe(8);
    expect(of('source_datagrams_total', { kind: 'other' })).toBe(5);
    expect(of('source_dropped_total', { reason: 'kernel' })).toBe(5);
    expect(of('source_dropped_total', { reason: 'queue' })).toBe(2);
    expect(of('source_last_packet_timestamp_seconds', { source: 'capture' })).toBe(1999);
    expect(of('source_last_packet_timestamp_seconds', { source: 'getstats' })).toBe(1005);
    expect(of('outbox_records')).toBe(3);
    expect(of('webex_pending')).toBe(2);
    expect(of('webex_requests_total')).toBe(7);
    expect(of('webex_request_failures_total')).toBe(1);
    expect(of('webex_legs_total', { result: 'imported' })).toBe(3);
    expect(of('webex_legs_total', { result: 'given-up' })).toBe(1);
    expect(of('outbox_oldest_timestamp_seconds')).toBe(1500);
    expect(of('outbox_dead_total')).toBe(3);
    expect(of('outbox_attempts_total', { code: 'no_answer' })).toBe(2);
    expect(of('outbox_attempts_total', { code: 'no_token' })).toBe(1);
    expect(of('callrecords_pending')).toBe(1);
    expect(of('graph_requests_total', { operation: 'call_record', code: 'no_answer' })).toBe(1);
    expect(of('graph_request_failures_total', { operation: 'report' })).toBe(0);
    expect(of('graph_request_duration_seconds_bucket', { operation: 'report', le: '0.25' })).toBe(1);
    expect(of('token_requests_total')).toBe(3);
    expect(of('token_failures_total', { reason: 'unreachable' })).toBe(1);
    expect(of('token_expires_timestamp_seconds')).toBe(5000);
    expect(['login', 'token'].map((way) => of('access_refused_total', { way }))).toEqual([3, 5]);
    expect(of('config_reloads_total')).toBe(2);
    expect(of('config_reload_failures_total')).toBe(1);
  });

  it('leave out what nobody knows', async () => {
    const graph = fullFacts().graph;
    const text = await textOf({ sight: undefined, owed: undefined, asksTokens: false, graph });
    const names = new Set(samplesOf(text).map(({ name }) => name));
    for (const name of ['source_datagrams_total', 'source_dropped_total', 'outbox_records', 'token_requests_total'])
      expect(names).not.toContain(`otherleg_${name}`);
    expect(sampleOf(text, 'otherleg_source_last_packet_timestamp_seconds')).toBe(1005);
    expect(sampleOf(await textOf({ owed: { reports: 0, callRecords: 0 } }), 'otherleg_outbox_records')).toBe(0);
  });

  it('forget what is gone between two scrapes', async () => {
    let facts = fullFacts();
    const metrics = new Metrics(async () => facts);
    expect(sampleOf((await metrics.text()).body, 'otherleg_outbox_oldest_timestamp_seconds')).toBe(1500);
    facts = fullFacts({ owed: { reports: 0, callRecords: 0 } });
    const { body } = await metrics.text();
    expect(sampleOf(body, 'otherleg_outbox_oldest_timestamp_seconds')).toBeUndefined();
    expect(sampleOf(body, 'otherleg_calls_active')).toBe(2);
  });

  it('are of one moment, also where two ask at once', async () => {
    let asked = 0;
    const metrics = new Metrics(async () => {
      asked += 1;
      return fullFacts({ now: asked });
    });
    const [one, other] = await Promise.all([metrics.text(), metrics.text()]);
    expect(samplesOf(one?.body ?? '').length).toBe(samplesOf(other?.body ?? '').length);
    expect(asked).toBe(1);
    await metrics.text();
    expect(asked).toBe(2);
  });

  it('are accompanied by those of process and Node.js', async () => {
    const names = sampleNames(await textOf());
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds'])
      expect(names).toContain(name);
  });
});
