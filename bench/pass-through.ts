/**
 * The reference: express and http-proxy-middleware that pass every request on and do nothing else, as their
 * documentation starts. They are the gateway's own copies, so that both sides of a ratio always stand on one version.
 *
 * Environment: UPSTREAM_URL.
 */
import { Agent, createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { listenOnLoopback } from './listen-on-loopback.ts';

const requireOfGateway = createRequire(new URL('../services/gateway/package.json', import.meta.url));
const express: () => RequestListener & { use(middleware: RequestListener): void } = requireOfGateway('express');
const { createProxyMiddleware }: ProxyModule = requireOfGateway('http-proxy-middleware');

const { UPSTREAM_URL: target } = process.env;
if (target === undefined) throw new Error('UPSTREAM_URL must say where to pass requests on to');

const app = express();
// Kept connections, as the gateway has: without them the reference would pay for a new one with every request.
app.use(createProxyMiddleware({ target, agent: new Agent({ keepAlive: true }) }));
await listenOnLoopback(createServer(app));

/** What is used of it here. */
interface ProxyModule {
  createProxyMiddleware(options: { readonly target: string; readonly agent: Agent }): RequestListener;
}
