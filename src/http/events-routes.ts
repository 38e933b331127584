import type { FastifyInstance } from 'fastify';
import { OtherlegError } from '../model/error.ts';
import { deliveryView } from '../report/delivery-view.ts';
import { legEntryView } from '../report/leg-view.ts';
import { rfc3339 } from '../report/rfc3339.ts';
import { admission } from './access-guard.ts';
import { EventStreams, eventText } from './event-streams.ts';
import type { Agent, AgentEvent } from './http.ts';

/** An event as it goes over the wire: its name and its data. */
function outward(event: AgentEvent, agent: Agent): readonly [string, unknown] {
  switch (event.kind) {
    case 'report':
      return [event.kind, { mediaLegId: event.mediaLegId, delivery: deliveryView(event.delivery) }];
    case 'measured':
      return [event.kind, { ...event.figures, startedAt: rfc3339(event.figures.startedAt) }];
    default:
      return [event.kind, legEntryView(event.leg, agent.privacy)];
  }
}

/** What happens to legs and reports, as it happens: server-sent events. */
export function readEvents(root: FastifyInstance, agent: Agent): void {
  const { events } = agent;
  if (events === undefined) return;
  const streams = new EventStreams();
  let unsubscribe: (() => void) | undefined;
  const listen = (): void => {
    unsubscribe ??= events.subscribe((event) => {
      if (streams.size > 0) return streams.send(eventText(...outward(event, agent)));
      // Nobody looks: measuring for them would be for nothing.
      unsubscribe?.();
      unsubscribe = undefined;
    });
  };
  root.get(
    '/v1/events',
    {
      exposeHeadRoute: false, // its answer would never end
      schema: {
        summary: 'What happens to legs and reports, as it happens (text/event-stream)',
        description:
          '`began`, `changed`, `ended`: a leg as in the list. `measured`: figures of the last slot. `report`: where a report stands.',
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => {
      listen();
      const hello = eventText('hello', { version: agent.version, slotSeconds: agent.slotSeconds });
      if (!streams.attach(reply.raw, hello, admission(request)))
        throw new OtherlegError('TOO_MANY_CLIENTS', 'no more clients can follow the events of this agent');
      reply.hijack();
    },
  );
  root.addHook('preClose', async () => {
    unsubscribe?.();
    streams.close();
  });
}
