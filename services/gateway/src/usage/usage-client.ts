import { type UsageReport, usageReportAnswerSchema } from '@engagetrack/contracts';
import { type AskKeyService, KeyServiceRefusal } from '../keys/key-service-client.ts';

/**
 * Reports counts to the key service. Resolves when the report is settled: stored, by this request or an earlier one, or
 * refused for good. Rejects when that is unknown, so that the report must be sent again.
 */
export type SendUsageReport = (report: UsageReport) => Promise<'stored' | 'refused'>;

/** Milliseconds. A slower answer counts as none. No request waits for it, but a stopping gateway does. */
const timeoutMs = 2_000;

export function createUsageClient(ask: AskKeyService): SendUsageReport {
  return async (report) => {
    try {
      await ask({ path: '/internal/usage', body: report, answer: usageReportAnswerSchema, timeoutMs });
      return 'stored';
    } catch (error) {
      // The key service will never accept a report that it cannot read. A wrong internal token can be corrected.
      if (error instanceof KeyServiceRefusal && (error.status === 400 || error.status === 413)) return 'refused';
      throw error;
    }
  };
}
