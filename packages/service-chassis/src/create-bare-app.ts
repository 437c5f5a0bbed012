import express, { type Express } from 'express';

/**
 * An express application that adds nothing to an answer by itself: no `X-Powered-By` and no `ETag`. Routes match byte
 * for byte, so that `/A` or `/a/` never matches `/a`.
 */
export function createBareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  return app;
}
