// An agent that is killed between Graph's hearing of a report and its answer: FILE and Graph's address as arguments.
import { endedLeg } from './ended-leg.ts';
import { realParts } from './real-parts.ts';

const [path = '', baseUrl = ''] = process.argv.slice(2);
const { store, delivery, clock } = await realParts(path, baseUrl);
delivery.start();
const { leg, report } = endedLeg(1, 'tenant', clock.now());
await store.endLeg(leg, { report });
delivery.wake();
