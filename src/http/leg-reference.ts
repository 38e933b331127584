import { z } from 'zod';
import type { Agent } from './http.ts';
import { legParams } from './schema/common.ts';

/** A way to name a leg in a path: every verb of a leg goes by each. */
export type LegReference = {
  readonly path: string;
  /** What its summary says beside the verb. */
  readonly by: string;
  readonly params: z.ZodType<Readonly<Record<string, string>>>;
  /** The mediaLegId of the leg that the path names; rejects with LEG_UNKNOWN where it names none. */
  readonly idOf: (params: unknown) => Promise<string>;
};

const aliasParams = z.strictObject({
  alias: z.string().min(1).max(1024).meta({ description: "SIP Call-ID, H.323 conference id or the gateway's own id" }),
});

/** By its own id. */
export const byId: LegReference = {
  path: '/v1/legs/:mediaLegId',
  by: '',
  params: legParams,
  idOf: async (params) => legParams.parse(params).mediaLegId.toLowerCase(),
};

/** The alias in a path. */
export const aliasOf = (params: unknown): string => aliasParams.parse(params).alias;

/** By an alias that it has. */
export const byAlias = (agent: Agent): LegReference => ({
  path: '/v1/legs/by-alias/:alias',
  by: ', by an alias of it',
  params: aliasParams,
  idOf: (params) => agent.legs.named(aliasOf(params)),
});
