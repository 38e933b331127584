import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Privacy } from '../report/leg-view.ts';
import { timeMember } from '../report/rfc3339.ts';
import type { Agent, CaptureState, SourceState } from './http.ts';
import { sourceList } from './schema/capture.ts';

/** The filter has the addresses of devices in it. */
const captureView = ({ lastPacketAt, filter, ...capture }: CaptureState, privacy: Privacy) => ({
  ...capture,
  ...(filter === undefined || privacy.addresses === 'masked' ? {} : { filter }),
  ...timeMember('lastPacketAt', lastPacketAt),
});

const view = ({ capture, ...source }: SourceState, privacy: Privacy) => ({
  ...source,
  ...(capture && { capture: captureView(capture, privacy) }),
});

/** How the sources of measurements are. */
export function readSources(root: FastifyInstance, agent: Agent): void {
  root.withTypeProvider<ZodTypeProvider>().get(
    '/v1/sources',
    {
      schema: {
        summary: 'How each source of measurements is',
        description: 'Whether it runs, or why not and what to do; of the capture also what it sees of each leg.',
        response: { 200: sourceList },
      },
    },
    async () => ({ items: (await agent.sources()).map((source) => view(source, agent.privacy)) }),
  );
}
