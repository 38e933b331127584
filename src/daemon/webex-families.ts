import type { Family, MetricFacts, Sample, WebexFacts } from './metric-facts.ts';

/** Where Webex is not asked there is nothing to say of it. */
const metric = (
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  of: (webex: WebexFacts) => number | readonly Sample[],
  labels: readonly string[] = [],
): Family => ({
  ...{ type, name: `otherleg_webex_${name}`, help, labels },
  read: ({ webex }: MetricFacts) => {
    if (webex === undefined) return [];
    const samples = of(webex);
    return typeof samples === 'number' ? [{ value: samples }] : samples;
  },
});

/** What was asked of Webex, and what came of it. */
export const webexFamilies: readonly Family[] = [
  metric('gauge', 'pending', 'Ended legs whose report waits for what Webex measured.', ({ waiting }) => waiting),
  metric('counter', 'requests_total', 'Times that Webex was asked for a meeting.', ({ asked }) => asked),
  metric(
    'counter',
    'request_failures_total',
    'Times that Webex did not tell what it measured.',
    ({ failed }) => failed,
  ),
  metric(
    'counter',
    'legs_total',
    'Legs whose wait for Webex ended: with figures, or without.',
    ({ imported, givenUp }) => [
      { labels: { result: 'imported' }, value: imported },
      { labels: { result: 'given-up' }, value: givenUp },
    ],
    ['result'],
  ),
];
