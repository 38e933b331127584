import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type HistogramConfiguration,
  type Metric,
  Registry,
} from 'prom-client';
import type { MetricsText } from '../http/http.ts';
import { agentFamilies } from './agent-families.ts';
import { mediaFamilies } from './media-families.ts';
import type { Family, Labels, MetricFacts, Seen } from './metric-facts.ts';

/** All metrics that are ours: prom-client adds those of process and Node.js. */
export const families: readonly Family[] = [...agentFamilies, ...mediaFamilies];

/** Metrics in Prometheus' text format. Values are read when they are asked for: nothing of a leg is left behind. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #facts: () => Promise<MetricFacts>;
  #now: Promise<MetricFacts> | undefined;

  constructor(facts: () => Promise<MetricFacts>) {
    this.#facts = facts;
    for (const family of families) this.#registry.registerMetric(told(family, () => this.#read()));
    collectDefaultMetrics({ register: this.#registry });
  }

  async text(): Promise<MetricsText> {
    try {
      return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
    } finally {
      this.#now = undefined;
    }
  }

  /** One look for all metrics of a scrape. */
  #read(): Promise<MetricFacts> {
    this.#now ??= this.#facts();
    return this.#now;
  }
}

/** A metric of prom-client that has no values of its own, but reads them. */
function told(family: Family, facts: () => Promise<MetricFacts>): Metric {
  const { name, help } = family;
  const about = { name, help, labelNames: [...family.labels], registers: [] };
  if (family.type === 'histogram') {
    const { read } = family;
    return new ReadHistogram(about, async () => read(await facts()).flatMap((each) => linesOf(name, each)));
  }
  const { read } = family;
  const collect = async (into: Counter | Gauge): Promise<void> => {
    const samples = read(await facts());
    into.reset();
    // A reset metric without labels says 0, which is not what it means to have no sample.
    if (family.labels.length === 0) into.remove();
    for (const { labels = {}, value } of samples) into.inc(labels, value);
  };
  return family.type === 'counter'
    ? new Counter({
        ...about,
        collect() {
          return collect(this);
        },
      })
    : new Gauge({
        ...about,
        collect() {
          return collect(this);
        },
      });
}

type Line = { readonly metricName: string; readonly labels: Labels; readonly value: number };

/** prom-client's histogram observes one value at a time; this one shows what was counted elsewhere. */
class ReadHistogram extends Histogram {
  readonly #about: { readonly name: string; readonly help: string };
  readonly #lines: () => Promise<readonly Line[]>;

  constructor(about: HistogramConfiguration<string>, lines: () => Promise<readonly Line[]>) {
    super(about);
    this.#about = { name: about.name, help: about.help };
    this.#lines = lines;
  }

  /** What the registry asks for its text, and the base class for `get`. */
  async getForPromString() {
    return { ...this.#about, type: 'histogram', values: await this.#lines(), aggregator: 'sum' };
  }
}

/** The lines of a histogram: how many were at most each bound, their sum and their number. */
function linesOf(name: string, { labels = {}, seen }: Seen) {
  let count = 0;
  const line = (suffix: string, value: number, more: Labels = {}): Line => ({
    metricName: `${name}_${suffix}`,
    labels: { ...more, ...labels },
    value,
  });
  const buckets = seen.counts.map((number, index) => {
    count += number;
    return line('bucket', count, { le: String(seen.bounds[index] ?? '+Inf') });
  });
  return [...buckets, line('sum', seen.sum), line('count', count)];
}
