import { z } from 'zod';
import { duration } from '../value/duration.ts';
import { type Refuse, textValue } from '../value/text-value.ts';
import { version } from '../version.ts';

/** Product and version as Graph demands them (RFC 9110, 10.1.5: tokens with a slash between). */
const PRODUCT = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/;

function readUserAgent(text: string, refuse: Refuse): string {
  const agent = text.replace('{version}', version());
  if (PRODUCT.test(agent)) return agent;
  return refuse('is not of the form ApplicationName/Version that Graph demands', 'write one like otherleg/{version}');
}

type Waits = { firstRetry?: unknown; maximumRetry?: unknown; maximumAge?: unknown };

function inOrder({ firstRetry, maximumRetry, maximumAge }: Waits): boolean {
  const waits = [firstRetry, maximumRetry, maximumAge].filter((wait) => typeof wait === 'number');
  return waits.every((wait, index) => wait >= (waits[index - 1] ?? 0));
}

/** How reports reach Graph. */
export const delivery = z
  .strictObject({
    firstRetry: duration({ least: '100ms', most: '1h' })
      .prefault('1s')
      .describe('Wait before the second attempt; doubles, with full jitter. Retry-After of Graph goes before it.'),
    maximumRetry: duration({ least: '1s', most: '1d' }).prefault('15m').describe('Longest wait between two attempts.'),
    maximumAge: duration({ least: '1m', most: '90d' })
      .prefault('7d')
      .describe('A report that Graph has not taken after this time is given up as expired.'),
    concurrency: z.int().min(1).max(64).prefault(8).describe('Reports under way at once.'),
    userAgent: textValue({ read: readUserAgent, write: String })
      .prefault('otherleg/{version}')
      .describe('User-Agent, ApplicationName/Version; {version} stands for that of otherleg.'),
    identityWait: duration({ least: '1m', most: '30d' })
      .prefault('24h')
      .describe('How long an ended leg waits for callChainId and participantId before its report is dropped.'),
  })
  .refine(inOrder, {
    error: 'must grow from firstRetry over maximumRetry to maximumAge',
    params: { remedy: 'make none of them smaller than the one before' },
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
