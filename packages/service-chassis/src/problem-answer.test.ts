import { badRequestDetails, Problem, type ProblemCode, problemCodes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { problemAnswer } from './problem-answer.ts';

const asProblemJson = (code: ProblemCode, reason?: string): Record<string, unknown> =>
  JSON.parse(problemAnswer(new Problem(code, reason === undefined ? {} : { reason }), 'application/problem+json').body);

describe('problemAnswer', () => {
  it('explains a 400 to a caller that asks for RFC 9457', () => {
    expect(asProblemJson('bad_request', 'bad_path')).toEqual({
      type: 'urn:engagetrack:problem:bad_request',
      title: 'Bad request',
      status: 400,
      error: 'Bad request',
      reason: 'bad_path',
      detail: badRequestDetails.bad_path,
    });
    expect(badRequestDetails.bad_path).toContain('does not end with "/"');
    for (const reason of ['duplicate_host', 'hpe_invalid_header_token', 'broken_bytes'])
      expect(asProblemJson('bad_request', reason)).toMatchObject({ reason, detail: expect.stringMatching(/\.$/) });
  });

  it('keeps the plain body as it is documented', () => {
    for (const accept of [undefined, 'application/json', '*/*'])
      expect(problemAnswer(new Problem('bad_request', { reason: 'bad_path' }), accept).body).toBe(
        '{"error":"Bad request"}',
      );
  });

  it('never tells the reason of another refusal', () => {
    for (const code of problemCodes)
      for (const reason of ['revoked_key', 'bad_path', 'duplicate_host'])
        if (code !== 'bad_request')
          expect(Object.keys(asProblemJson(code, reason))).toEqual(['type', 'title', 'status', 'error']);
    expect(Object.keys(asProblemJson('bad_request', 'revoked_key'))).not.toContain('reason');
  });
});
