import { describe, expect, it } from '@jest/globals';
import { missingScope, Problem, rateLimited, unavailable } from './problems.ts';

const body = (problem: Problem): string => JSON.stringify({ error: problem.message });

describe('the published error bodies', () => {
  it('are these bytes', () => {
    expect(body(new Problem('invalid_key'))).toBe('{"error":"Invalid or expired API key"}');
    expect(body(new Problem('plan_required'))).toBe('{"error":"API key access requires a Startup plan or higher"}');
    expect(body(missingScope('analytics:read'))).toBe('{"error":"API key missing required scope: analytics:read"}');
    expect(body(rateLimited(Date.UTC(2026, 2, 14, 12, 1, 0) / 1000, 42))).toBe(
      '{"error":"Rate limit exceeded. Retry after 2026-03-14T12:01:00Z"}',
    );
  });

  it('come with the published statuses', () => {
    expect(new Problem('invalid_key').status).toBe(401);
    expect(new Problem('plan_required').status).toBe(402);
    expect(missingScope('goals:read').status).toBe(403);
    expect(rateLimited(0, 1).status).toBe(429);
  });
});

describe('a Problem', () => {
  it('keeps the internal error in its cause and out of its text', () => {
    const cause = new Error('connect ECONNREFUSED');
    const problem = unavailable('admission_store_unreachable', cause);
    expect(problem.cause).toBe(cause);
    expect(problem.message).toBe('Service temporarily unavailable');
    expect(problem.reason).toBe('admission_store_unreachable');
    expect(problem.headers).toEqual({ 'Retry-After': '1' });
  });

  it('names the missing scope in the challenge as well', () => {
    expect(missingScope('goals:write').headers).toEqual({
      'WWW-Authenticate': 'Bearer realm="engagetrack", error="insufficient_scope", scope="goals:write"',
    });
  });
});
