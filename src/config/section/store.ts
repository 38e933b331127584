import { z } from 'zod';
import { type Refuse, textValue } from '../value/text-value.ts';

/** Where legs and reports lie on disk. */
export type StoreUrl = { readonly engine: 'sqlite'; readonly path: string };

const FORM = 'write sqlite:./otherleg.db or sqlite:/var/lib/otherleg/otherleg.db';

function readUrl(text: string, refuse: Refuse): StoreUrl {
  if (/^postgres(ql)?:/.test(text)) return refuse('names PostgreSQL, which comes later', FORM);
  const path = /^sqlite:([^?#]+)$/.exec(text)?.[1];
  if (path === undefined) return refuse('is not the URL of a store', FORM);
  if (path === ':memory:') return refuse('would lose every report at a restart', FORM);
  return { engine: 'sqlite', path };
}

/** What must not be lost. */
export const store = z.strictObject({
  url: textValue<StoreUrl>({ read: readUrl, write: ({ path }) => `sqlite:${path}` })
    .prefault('sqlite:./otherleg.db')
    .describe('sqlite: and the path of the file, relative to the working directory.'),
});

/** How long it is kept. */
export const retention = z.strictObject({
  days: z
    .int()
    .min(1)
    .max(3650)
    .prefault(30)
    .describe('Ended legs are removed after so many days, never one whose report is still owed.'),
});
