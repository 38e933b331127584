import { z } from 'zod';
import { listen } from '../value/listen.ts';

/** Where gateway and bot speak to the agent; also everything of `http` if that has no listener of its own. */
export const control = z.strictObject({
  listen: listen()
    .prefault('http://127.0.0.1:7741')
    .describe('One listener or several for control and reading: http://127.0.0.1:PORT or unix:/path (mode 0600).'),
});

/** Read APIs, page, metrics and probes, never writes. */
export const http = z.strictObject({
  listen: listen()
    .exactOptional()
    .describe('Listeners that only read: APIs, page, metrics, probes. Without it all is on control.listen.'),
});
