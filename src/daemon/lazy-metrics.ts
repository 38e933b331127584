import type { MetricsText } from '../http/http.ts';
import type { MetricFacts } from './metric-facts.ts';
import type { Metrics } from './metrics.ts';

/** prom-client and its watch over the event loop come with the first scrape: an agent that nobody scrapes spares both. */
export function lazyMetrics(facts: () => Promise<MetricFacts>): () => Promise<MetricsText> {
  let loaded: Promise<Metrics> | undefined;
  return async () => {
    loaded ??= import('./metrics.ts').then(({ Metrics }) => new Metrics(facts));
    return (await loaded).text();
  };
}
