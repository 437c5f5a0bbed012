import { type UsageReport, usageReportAnswerSchema } from '@engagetrack/contracts';
import { type AskKeyService, KeyServiceRefusal } from '../keys/key-service-client.ts';

/**
 * Tells the key service what was counted. Resolves when the report is settled: stored, this time or an earlier one, or
 * refused for good. Rejects when nobody knows, so that it has to be sent again.
 */
export type SendUsageReport = (report: UsageReport) => Promise<'stored' | 'refused'>;

/** No request waits for it, but a gateway that stops does. */
const timeoutMs = 2_000;

export function createUsageClient(ask: AskKeyService): SendUsageReport {
  return async (report) => {
    try {
      await ask({ path: '/internal/usage', body: report, answer: usageReportAnswerSchema, timeoutMs });
      return 'stored';
    } catch (error) {
      // No repetition makes a report right that the key service cannot read. An internal token can be put right.
      if (error instanceof KeyServiceRefusal && (error.status === 400 || error.status === 413)) return 'refused';
      throw error;
    }
  };
}
