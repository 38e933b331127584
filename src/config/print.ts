import { stringify } from 'yaml';
import { z } from 'zod';
import { type Config, configSchema, type ParsedConfig } from './config.ts';

/** A configuration as it is written: `5s` for 5 seconds, references in place of secrets. */
export function writtenForm(config: Config): unknown {
  return z.encode(configSchema({ env: {} }), config as ParsedConfig); // encode only reads it: it may be frozen
}

/** The effective configuration as a file that could be loaded again. */
export function configText(config: Config): string {
  return stringify(writtenForm(config), { lineWidth: 0 });
}
