import { mkdtemp, rm } from 'node:fs/promises';
import { constants, getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportBody } from '../client/shapes.ts';
import { AgentProcess } from './agent-process.ts';
import type { Cleanup } from './cleanup.ts';
import { GatewayProcess } from './gateway-process.ts';
import { GraphStandIn } from './graph-stand-in.ts';
import { Relay } from './relay.ts';
import type { Impairment } from './relay-path.ts';
import { type TakenReport, teamsRecord } from './teams-record.ts';

/** Everything that takes part in a call. */
export type Stage = {
  readonly graph: GraphStandIn;
  readonly relay: Relay;
  readonly agent: AgentProcess;
  readonly gateway: GatewayProcess;
};

/** Starts all parts; each is put into `cleanup` as soon as it is there. `signal` gives up waiting for the agent. */
export async function setStage(impairment: Impairment, cleanup: Cleanup, signal: AbortSignal): Promise<Stage> {
  takePrecedence(cleanup);
  const folder = await mkdtemp(join(tmpdir(), 'otherleg-demo-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  const graph = await GraphStandIn.open({
    callRecord: (callChainId) => {
      const taken = takenReport(graph, callChainId);
      return taken && teamsRecord(taken);
    },
  });
  cleanup.add(() => graph.close());
  // The relay's clock has to be finer than a millisecond and the same as the peers' wall clock.
  const relay = await Relay.open(impairment, () => (performance.timeOrigin + performance.now()) / 1000);
  cleanup.add(() => relay.close());
  const agent = await AgentProcess.start({ folder, graphUrl: graph.url, signal });
  cleanup.add(() => agent.stop());
  const gateway = new GatewayProcess(signal);
  cleanup.add(() => gateway.stop());
  return { graph, relay, agent, gateway };
}

/** The first report of a call that the stand-in took: before that it knows nothing of the call, as Graph itself. */
function takenReport(graph: GraphStandIn, callChainId: string): TakenReport | undefined {
  for (const { body, at } of graph.accepted) {
    const report = body as ReportBody; // the contract has proven what was accepted
    if (report.quality.callChainId.toLowerCase() === callChainId.toLowerCase()) return { report, at };
  }
  return undefined;
}

/** Processes that are started from now on inherit it. Without the right to it the call is as good as the machine is calm. */
function takePrecedence(cleanup: Cleanup): void {
  const before = getPriority();
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
    cleanup.add(() => setPriority(before));
  } catch {
    // Only root may; anybody else has to do without.
  }
}
