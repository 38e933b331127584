import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';

// Plays Graph inside a network namespace, and passes on what it accepted.

const TICK_MILLIS = 20;

const graph = await GraphStandIn.open();
process.send?.({ url: graph.url });

let told = 0;
setInterval(() => {
  const { accepted } = graph;
  for (const { body } of accepted.slice(told)) process.send?.({ accepted: body });
  told = accepted.length;
}, TICK_MILLIS);

process.on('disconnect', () => process.exit(0));
