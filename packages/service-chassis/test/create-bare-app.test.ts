import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBareApp } from '../src/create-bare-app.ts';
import { type ListeningServer, listen } from '../src/listen.ts';

describe('createBareApp', () => {
  let listening: ListeningServer;
  beforeAll(async () => {
    const app = createBareApp();
    app.get('/items', (_req, res) => void res.json([]));
    listening = await listen(createServer(app), { host: '127.0.0.1', port: 0, variable: 'PORT' });
  });
  afterAll(() => listening.drain(0));

  it('adds no field about its software or about caching', async () => {
    const { status, headers } = await fetch(`${listening.url}/items`);
    expect([status, headers.get('x-powered-by'), headers.get('etag')]).toEqual([200, null, null]);
  });

  it.each(['/Items', '/items/'])('answers %s differently from /items', async (path) => {
    expect((await fetch(listening.url + path)).status).toBe(404);
  });
});
