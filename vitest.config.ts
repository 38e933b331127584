import { defineConfig } from 'vitest/config';

// Forks, never threads: @roamhq/wrtc crashes in worker threads.
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
