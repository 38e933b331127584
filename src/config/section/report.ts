import { z } from 'zod';

const label = () => z.string().trim().min(1, { error: 'must not be empty' }).exactOptional();

/** What reports say and leave out. */
export const report = z.strictObject({
  addresses: z
    .enum(['full', 'omit'])
    .prefault('full')
    .describe("Whether reports carry the IP addresses and ports of the leg's media."),
  pacedJitter: z
    .enum(['send', 'omit'])
    .prefault('send')
    .describe("Whether jitter goes out that has the sender's own pacing in it (video)."),
  cloudService: z
    .strictObject({
      name: label().describe('cloudServiceName: contoso.cloudapp.net.'),
      deploymentId: label().describe('cloudServiceDeploymentId.'),
      environment: label().describe('cloudServiceDeploymentEnvironment: ProdNoam.'),
      instance: label().describe('cloudServiceInstanceName: FrontEnd_IN_3.'),
    })
    .prefault({})
    .describe('Where the bot runs, as Graph wants to know it; what is not set is left out.'),
});
