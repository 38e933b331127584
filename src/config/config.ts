import { z } from 'zod';
import type { Device } from '../model/device.ts';
import { agent } from './section/agent.ts';
import { callRecords } from './section/call-records.ts';
import { delivery } from './section/delivery.ts';
import { devices } from './section/devices.ts';
import { graph } from './section/graph.ts';
import { drain, legs, sampling } from './section/legs.ts';
import { control, http } from './section/listeners.ts';
import { log, privacy } from './section/privacy.ts';
import { report } from './section/report.ts';
import { sources } from './section/sources.ts';
import { retention, store } from './section/store.ts';
import { verdict } from './section/verdict.ts';
import { webex } from './section/webex.ts';
import type { Secret, SecretContext } from './value/secret.ts';

/** The whole file, with secrets from `context`. */
export function configSchema(context: SecretContext) {
  return z.strictObject({
    agent: agent.prefault({}),
    control: control(context).prefault({}),
    http: http(context).prefault({}),
    devices: devices.prefault([]).describe('The VTC devices, or { include: PATTERN } of files with devices.'),
    sources: sources.prefault({}),
    sampling: sampling.prefault({}),
    legs: legs.prefault({}),
    graph: graph(context),
    report: report.prefault({}),
    delivery: delivery.prefault({}),
    drain: drain.prefault({}),
    callRecords: callRecords.prefault({}),
    verdict: verdict.prefault({}),
    webex: webex(context).prefault({}),
    store: store(context).prefault({}),
    retention: retention.prefault({}),
    privacy: privacy.prefault({}),
    log: log.prefault({}),
  });
}

/** What the schema makes of a file, before included devices and the host name are filled in. */
export type ParsedConfig = z.output<ReturnType<typeof configSchema>>;

type Frozen<T> = T extends Secret | string | number | boolean | undefined
  ? T
  : { readonly [K in keyof T]: Frozen<T[K]> };

/** The configuration of an agent: frozen, every default filled in. Durations in seconds, link speeds in octets per second. */
export type Config = Frozen<Omit<ParsedConfig, 'agent' | 'devices'>> & {
  readonly agent: { readonly name: string; readonly gatewayProcess?: string };
  readonly devices: readonly Device[];
};
