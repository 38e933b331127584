import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { DELIVERY_DEFAULTS, Delivery, type Outbox } from '../delivery/delivery.ts';
import type { Graph } from '../graph/graph.ts';
import type { Clock } from '../model/clock.ts';

type Parts = { readonly store: Outbox; readonly graph: Graph; readonly clock: Clock; readonly log: Logger };

/** Delivery as the configuration says, read at each use: a reload changes it. */
export function configuredDelivery(config: () => Config, { store, graph, clock, log }: Parts): Delivery {
  const random = (): number => randomInt(2 ** 32) / 2 ** 32;
  const parts = { store, graph, clock, random, logger: log.child({ op: 'deliver' }) };
  return new Delivery(parts, {
    owner: config().agent.name,
    leaseSeconds: DELIVERY_DEFAULTS.leaseSeconds,
    get concurrency() {
      return config().delivery.concurrency;
    },
    get firstRetrySeconds() {
      return config().delivery.firstRetry;
    },
    get maximumRetrySeconds() {
      return config().delivery.maximumRetry;
    },
    get maximumAgeSeconds() {
      return config().delivery.maximumAge;
    },
  });
}
