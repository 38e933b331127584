import type { Config } from '../config/config.ts';
import { writtenForm } from '../config/print.ts';

/** Sections that are read at each use: they can change while legs run. Devices count for legs told of from now on. */
const READ_AT_EACH_USE = ['devices', 'delivery', 'drain', 'legs', 'privacy', 'report', 'retention', 'verdict'] as const;

/** What in them is fixed at the start all the same. */
const FIXED: readonly (readonly [keyof Config, string])[] = [['delivery', 'userAgent']];

/** Options that differ and take effect only with a restart: sections, or one option of a section that may change. */
export function needRestart(before: Config, after: Config): readonly string[] {
  // As they are written: the values themselves hide secrets, also which one is meant.
  const [was, is] = [before, after].map((config) => Object(writtenForm(config))) as [Written, Written]; // two in, two out
  const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
  const reloadable = new Set<string>(READ_AT_EACH_USE);
  const sections = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return [
    ...sections.filter((name) => !reloadable.has(name) && differ(was[name], is[name])),
    ...FIXED.filter(([section, key]) => differ(was[section]?.[key], is[section]?.[key])).map((path) => path.join('.')),
  ];
}

type Written = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** The running configuration with what a reload may change. */
export function reloaded(before: Config, after: Config): Config {
  const { devices, delivery, drain, legs, privacy, report, retention, verdict } = after;
  const { userAgent } = before.delivery;
  return { ...before, devices, delivery: { ...delivery, userAgent }, drain, legs, privacy, report, retention, verdict };
}
