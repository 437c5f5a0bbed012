import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cookieOf, type DashboardHarness, setCookieLines, startDashboard } from './harness.ts';

const login = '/api/v1/auth/login';
const session = '/api/v1/auth/session';

describe('the session', () => {
  let dashboard: DashboardHarness;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.stop());

  it('D01 goes into an HttpOnly SameSite=Lax cookie that is never written to a disk, and not into the answer', async () => {
    const answer = await dashboard.logIn();
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(['expires_at', 'user', 'organizations']);
    expect(answer.text).not.toContain('et_session_');
    expect(setCookieLines(answer)).toEqual([
      expect.stringMatching(/^engagetrack_session=et_session_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it('D01 goes into a Secure __Host- cookie when the dashboard is served over TLS', async () => {
    const overTls = await startDashboard({ publicUrl: 'https://app.example.com' });
    const answer = await overTls.logIn();
    expect(setCookieLines(answer)).toEqual([
      expect.stringMatching(
        /^__Host-engagetrack_session=et_session_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
    expect(answer.headers['strict-transport-security']).toContain('max-age=');
    // The same name without the prefix is no session: another host of the domain could set it.
    const tossed = await overTls.get(session).set('Cookie', cookieOf(answer).replace('__Host-', ''));
    expect(tossed.status).toBe(401);
    await overTls.stop();
  });

  it('D06 is a new one at every log-in, which ends the browser’s earlier one', async () => {
    const first = cookieOf(await dashboard.logIn());
    const again = await dashboard.change('post', login).set('Cookie', first).send({
      email: 'ada@example.com',
      password: 'correct horse battery staple',
    });
    const second = cookieOf(again);
    expect(second).not.toBe(first);
    expect((await dashboard.get(session).set('Cookie', first)).status).toBe(401);
    expect((await dashboard.get(session).set('Cookie', second)).status).toBe(200);
  });

  it('D06 is not taken from a token that was planted in the browser before log-in', async () => {
    const planted = `engagetrack_session=et_session_${'P'.repeat(43)}`;
    const answer = await dashboard.change('post', login).set('Cookie', planted).send({
      email: 'ada@example.com',
      password: 'correct horse battery staple',
    });
    expect([answer.status, cookieOf(answer) === planted]).toEqual([200, false]);
  });

  it('D06 ends at the key service with log-out, and the cookie is cleared', async () => {
    const cookie = cookieOf(await dashboard.logIn());
    const answer = await dashboard.change('post', '/api/v1/auth/logout').set('Cookie', cookie);
    expect(answer.status).toBe(204);
    expect(setCookieLines(answer)[0]).toMatch(/^engagetrack_session=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect((await dashboard.get(session).set('Cookie', cookie)).status).toBe(401);
    expect((await dashboard.change('post', '/api/v1/auth/logout').set('Cookie', cookie)).status).toBe(204);
  });

  it('is not given for a wrong password, whose answer is the key service’s own', async () => {
    const answer = await dashboard.change('post', login).send({ email: 'ada@example.com', password: 'guess' });
    expect([answer.status, answer.text]).toEqual([401, '{"error":"Invalid email or password"}']);
    expect(setCookieLines(answer)).toEqual([]);
  });

  it('is refused for log-in bodies that are no JSON or too long, before the key service gets them', async () => {
    const before = dashboard.seenByKeyService.length;
    const text = await dashboard.change('post', login).type('text').send('{"email":"a","password":"b"}');
    const long = await dashboard.change('post', login).send({ email: 'a', password: 'x'.repeat(9_000) });
    expect([text.status, long.status]).toEqual([415, 413]);
    expect(dashboard.seenByKeyService.length).toBe(before);
  });

  it('stays in the browser when log-out is not certain', async () => {
    const alone = await startDashboard();
    const cookie = cookieOf(await alone.logIn());
    await alone.stopKeyService();
    const answer = await alone.change('post', '/api/v1/auth/logout').set('Cookie', cookie);
    expect([answer.status, setCookieLines(answer).length]).toEqual([503, 0]);
    expect(await alone.readiness()).toBe('the key service does not answer');
    await alone.stop();
  });

  it('is in no log line, and neither is a password', async () => {
    expect(dashboard.logLines.length).toBeGreaterThan(0);
    expect(dashboard.logLines.join('\n')).not.toMatch(/et_session_A|correct horse/);
    expect(await dashboard.readiness()).toBeUndefined();
  });
});
