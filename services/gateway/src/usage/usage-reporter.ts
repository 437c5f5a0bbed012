import { type UsageCount, type UsageReport, usageCountsPerReportMax } from '@engagetrack/contracts';
import type { Logger } from '@engagetrack/service-chassis';
import type { GatewayMetrics } from '../telemetry/metrics.ts';
import type { SendUsageReport } from './usage-client.ts';
import type { UsageCounts } from './usage-counts.ts';

/**
 * Reports the counts, every ten seconds and when the gateway stops.
 *
 * Guarantee: a request is never counted twice. A report without a certain outcome is sent again with the same content
 * and number, and the next one waits for it. Counts can be lost in three cases: the process dies before it has reported
 * (at most the last interval while the key service answers), there is no room for more, or the key service does not
 * accept them in time at the end.
 */
export interface UsageReporter {
  start(): void;
  /** Reports the remaining counts, for as long as the deadline allows. */
  stop(): Promise<void>;
}

export interface UsageReporterParts {
  readonly gatewayId: string;
  readonly counts: UsageCounts;
  readonly send: SendUsageReport;
  readonly intervalMs?: number | undefined;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
}

const usualIntervalMs = 10_000;
const lastReportsMs = 3_000;

export function createUsageReporter(parts: UsageReporterParts): UsageReporter {
  const { gatewayId, counts, send, intervalMs = usualIntervalMs, metrics, log } = parts;
  let number = 0;
  /** The report that is being sent, or is about to be, and is not settled. */
  let pending: UsageReport | undefined;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  return {
    start: () => schedule(),
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      let deadline: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        deadline = setTimeout(resolve, lastReportsMs);
      });
      // One more after the one under way, which may have begun before the last requests were counted.
      await Promise.race([running.then(reportAll), late]);
      clearTimeout(deadline);
      lose([...(pending?.counts ?? []), ...counts.take(Number.POSITIVE_INFINITY)], 'usage_lost_at_the_end');
      pending = undefined;
    },
  };

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = reportAll().finally(schedule);
    }, intervalMs);
    timer.unref();
  }

  /** Sends one report after another, until no counts are left or one is not settled. */
  async function reportAll(): Promise<void> {
    for (pending ??= nextReport(); pending !== undefined; pending = nextReport()) {
      const { counts: reported } = pending;
      try {
        const outcome = await send(pending);
        metrics.usageReports.inc({ outcome });
        if (outcome === 'refused') lose(reported, 'usage_report_refused');
      } catch (error) {
        metrics.usageReports.inc({ outcome: 'failed' });
        log.warn({ at: 'usage_report_failed', err: error });
        return;
      }
    }
  }

  function nextReport(): UsageReport | undefined {
    const taken = counts.take(usageCountsPerReportMax);
    if (taken.length === 0) return undefined;
    number += 1;
    return { gateway_id: gatewayId, number, counts: [...taken] };
  }

  function lose(lost: readonly UsageCount[], reason: string): void {
    if (lost.length === 0) return;
    const requests = lost.reduce((sum, count) => sum + requestsOf(count), 0);
    metrics.usageLost.inc(requests);
    log.warn({ at: 'usage_lost', reason, requests });
  }
}

function requestsOf({ succeeded, client_errors, limited, server_errors }: UsageCount): number {
  return succeeded + client_errors + limited + server_errors;
}
