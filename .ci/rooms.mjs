/**
 * The house: which room may import which. `contract` rooms may be imported for their types only, and only the file
 * named like the room. docs/architecture.md says why.
 */
export const rooms = {
  model: {},
  packet: { rooms: ['model'] },
  session: { rooms: ['model', 'packet'] },
  quality: { rooms: ['model'], types: ['packet'] },
  meter: { rooms: ['model', 'packet', 'session', 'quality'] },
  leg: { rooms: ['model', 'session', 'quality', 'correlate'], contracts: ['store'] },
  source: { rooms: ['model', 'packet', 'session', 'quality', 'meter'], contracts: ['leg'] },
  report: { rooms: ['model', 'quality'] },
  store: { rooms: ['model'] },
  graph: { rooms: ['model'] },
  delivery: { rooms: ['model'], contracts: ['store', 'graph'] },
  correlate: { rooms: ['model', 'quality'] },
  http: { rooms: ['model', 'report', 'correlate'], contracts: ['leg', 'store', 'delivery', 'source'] },
  client: { rooms: ['model'] },
  page: { types: ['model', 'client'] },
  config: { rooms: ['model'] },
  daemon: {
    rooms: [
      'model',
      'packet',
      'session',
      'quality',
      'meter',
      'leg',
      'source',
      'report',
      'store',
      'graph',
      'delivery',
      'correlate',
      'http',
      'client',
      'page',
      'config',
    ],
  },
  demo: { rooms: ['model', 'client'] },
  cli: { rooms: ['model', 'client', 'config', 'meter', 'session', 'report', 'daemon', 'demo'] },
};
