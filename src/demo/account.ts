import type { CallAnswer } from '../client/read-shapes.ts';
import type { ReportBody } from '../client/shapes.ts';
import type { Outcome } from './call.ts';
import { comparisons } from './comparison.ts';
import { comparisonLines, passageLines, reportLines } from './summary.ts';
import { passagesOf } from './two-legs.ts';

/** Rounds what the relay counted to a millionth: microseconds. */
const PRECISION = 1e6;
/** A relay that was held up for longer read packets too late to know when they came. Seconds. */
const STALL_WORTH_TELLING = 0.02;

/** What can be asked after the call. `held`: the agent stays up; `pageUrl`: only where the agent has a page. */
export type Whereabouts = { readonly agentUrl: string; readonly held: boolean; readonly pageUrl?: string };

/** The whole outcome for programs: one JSON document. */
export function jsonText({ report, accepted, truth, call }: Outcome, { pageUrl }: Whereabouts): string {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * PRECISION) / PRECISION : value;
  const exact = (value: object): unknown => JSON.parse(JSON.stringify(value, rounded));
  const document = { report, accepted, truth: exact(truth), pageUrl, call: call && exact(toldCall(report, call)) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Both legs beside each other; `callRecord`: how the stand-in's record of the call is. */
function toldCall(report: ReportBody, call: CallAnswer): object {
  const { callChainId, callRecord, verdict } = call;
  return { callChainId, callRecord: callRecord?.state, verdict, passages: passagesOf(report, call) };
}

/** The same for people. */
export function humanText(outcome: Outcome, whereabouts: Whereabouts): string {
  const { deviceName, deviceDescription } = outcome.report.quality;
  return [
    '',
    `The report of the leg to "${deviceName}" (${deviceDescription}); in = device to gateway`,
    ...indented(reportLines(outcome.report)),
    '',
    `Graph's stand-in answered ${answerOf(outcome)}`,
    '',
    'What the relay did and what was measured (loss out: up to the last report that came back)',
    ...indented(comparisonLines(comparisons(outcome.report, outcome.truth))),
    ...stallLines(outcome.truth.longestStallSeconds),
    '',
    ...callLines(outcome),
    '',
    ...whereLines(outcome, whereabouts),
    '',
  ].join('\n');
}

/** What Graph said to the report and where it stands now. */
export function answerOf({ graph, delivery }: Outcome): string {
  if (graph === undefined) return `nothing: no request came, the report is ${delivery.state}`;
  const violations = graph.violations.map((violation) => `\n    ${violation}`);
  return `${graph.status ?? 'not at all'}; the report is ${delivery.state}${violations.join('')}`;
}

function stallLines(seconds: number): readonly string[] {
  if (seconds < STALL_WORTH_TELLING) return [];
  const millis = Math.round(seconds * 1000);
  return indented([
    `This machine was busy: the relay stood still for up to ${millis} ms, which it cannot see in its delays.`,
  ]);
}

/** Both legs, and the sentence that says which was bad; without a record that it is missing. */
function callLines({ report, call }: Outcome): readonly string[] {
  if (call === undefined) return ['The Teams leg: not asked for, because the report was not accepted'];
  const { callRecord, verdict } = call;
  const isRead = callRecord?.state === 'read';
  return [
    'Both legs: room ↔ gateway as measured, gateway ↔ Teams from the call record (which the stand-in makes up)',
    ...indented(passageLines(passagesOf(report, call))),
    ...(isRead
      ? []
      : indented([`The call record was not read in time (${callRecord?.state ?? 'off'}): no Teams leg.`])),
    '',
    `The verdict, ${verdict === undefined ? 'none' : `${verdict.state}, confidence ${verdict.confidence}`}`,
    ...indented(verdict === undefined ? [] : [verdict.sentence, ...verdict.reasons]),
  ];
}

function whereLines({ mediaLegId, report }: Outcome, where: Whereabouts): readonly string[] {
  const { agentUrl, held, pageUrl } = where;
  const leg = `${agentUrl}/v1/legs/${mediaLegId}`;
  return [
    `Where to look further${held ? '' : ' (otherleg demo --hold keeps the agent up)'}`,
    ...indented([
      ...(pageUrl === undefined ? [] : [`this call on the page    ${pageUrl}#/legs/${mediaLegId}`]),
      `both legs, verdict       ${agentUrl}/v1/calls/${report.quality.callChainId}`,
      `figures and reasons      ${leg}`,
      `series                   ${leg}/series`,
      `report as sent           ${leg}/report`,
      `outbox                   ${agentUrl}/v1/reports`,
      `description of the API   ${agentUrl}/openapi.json`,
    ]),
  ];
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
