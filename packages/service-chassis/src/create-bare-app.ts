import express, { type Express } from 'express';

/**
 * An express application that answers as it is told and no further: without `X-Powered-By`, without an `ETag` of its
 * own making, and with routes that fit byte for byte, so that `/A` or `/a/` is never taken for `/a`.
 */
export function createBareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  return app;
}
