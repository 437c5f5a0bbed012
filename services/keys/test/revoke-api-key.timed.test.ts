import { itJudgesTime } from '@engagetrack/test-ground';
import { describe, expect } from '@jest/globals';
import { cycleIntervalMs, slowPathMs } from '../src/lease.ts';
import { startKeys } from './harness.ts';

describe('DELETE /organizations/{orgId}/api-keys/{keyId}', () => {
  itJudgesTime('without the marker store is answered no later than the lease takes', async () => {
    const keys = await startKeys();
    try {
      await keys.addUser('owner@example.test');
      await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
      const authorization = await keys.logIn('owner@example.test');
      const path = '/api/v1/organizations/org_a/api-keys';
      const body = { name: 'x', scopes: ['sites:read'] };
      const created = await keys.api().post(path).set('authorization', authorization).send(body);
      keys.setStoreDown(true);
      const startedAtMs = performance.now();
      const answer = await keys.api().delete(`${path}/${created.body.id}`).set('authorization', authorization);
      expect(performance.now() - startedAtMs).toBeLessThan(slowPathMs + 4 * cycleIntervalMs);
      expect(answer.status).toBe(204);
    } finally {
      await keys.stop();
    }
  });
});
