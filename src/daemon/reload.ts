import type { Config } from '../config/config.ts';

/** What can change while legs run: the devices, for legs told of from now on. */
const RELOADABLE = new Set(['devices']);

/** Sections that differ and take effect only with a restart. */
export function needRestart(before: Config, after: Config): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Config)[]; // their own keys
  return names.filter((name) => !RELOADABLE.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** The running configuration with what a reload may change. */
export const reloaded = (before: Config, after: Config): Config => ({ ...before, devices: after.devices });
