/**
 * The reference: express and http-proxy-middleware that pass every request on and do nothing else, as their
 * documentation starts. The workspace's catalog gives both sides of a ratio the same version.
 *
 * Environment: UPSTREAM_URL.
 */
import { Agent, createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { listenOnLoopback } from '../load-kit/listen-on-loopback.ts';

const { UPSTREAM_URL: target } = process.env;
if (target === undefined) throw new Error('UPSTREAM_URL must say where to pass requests on to');

const app = express();
// Kept connections, as the gateway has: without them the reference would pay for a new one with every request.
app.use(createProxyMiddleware({ target, agent: new Agent({ keepAlive: true }) }));
await listenOnLoopback(createServer(app));
