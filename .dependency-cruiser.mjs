import { rooms } from './.ci/rooms.mjs';

const inside = (names) => `^src/(${names.join('|')})/`;

function rulesOf(room, { rooms: values = [], types = [], contracts = [] }) {
  const from = { path: `^src/${room}/` };
  const contractFiles = contracts.map((name) => `^src/${name}/${name}[.]ts$`);
  return [
    {
      name: `${room}-imports-only-below`,
      severity: 'error',
      from,
      to: { path: '^src/', pathNot: [inside([room, ...values, ...types]), ...contractFiles] },
    },
    ...[...types.map((name) => `^src/${name}/`), ...contractFiles].map((path) => ({
      name: `${room}-types-only`,
      severity: 'error',
      from,
      to: { path, dependencyTypesNot: ['type-only'] },
    })),
  ];
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-dev-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'metrics-only-in-daemon',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/daemon/' },
      to: { path: 'node_modules/prom-client' },
    },
    {
      name: 'wrtc-only-in-children',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(demo|source/webrtc)/' },
      to: { path: 'node_modules/@roamhq' },
    },
    ...Object.entries(rooms).flatMap(([room, allowed]) => rulesOf(room, allowed)),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
  },
};
