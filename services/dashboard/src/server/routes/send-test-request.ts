import { organizationIdSchema, Problem, unavailable } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { type AskKeyService, relay } from '../key-service-client.ts';
import { readJsonText } from '../read-json-text.ts';
import type { SessionCookie } from '../session-cookie.ts';

export interface SendTestRequestParts {
  readonly gatewayUrl: string;
  readonly ask: AskKeyService;
  readonly cookie: SessionCookie;
}

const gatewayTimeoutMs = 10_000;

const bodySchema = z.strictObject({
  organization_id: organizationIdSchema,
  key: z.string().regex(/^et_live_[0-9a-f]{32}$/),
});

/**
 * POST /api/test-request `{"organization_id","key"}`: lists the organization's sites with the key, through the gateway
 * like any caller, and answers with the status, the error and the three limit headers. It spends one unit of the key's
 * quota.
 *
 * Only for members of the organization, so that this server cannot be used to guess keys. The key comes in the body and
 * leaves in a header: no address and no log line contains it.
 */
export function sendTestRequest({ gatewayUrl, ask, cookie }: SendTestRequestParts): RequestHandler {
  return async (req, res) => {
    const { organization_id: organizationId, key } = parseBody(await readJsonText(req, res));
    const path = `/api/v1/organizations/${organizationId}`;
    const membership = await ask({ method: 'GET', path, req, sessionToken: cookie.find(req) });
    if (membership.status !== 200) {
      relay(res, membership);
      return;
    }
    const answer = await askGateway(new URL(`${path}/sites`, gatewayUrl), key);
    res.json({
      request: `GET ${path}/sites`,
      status: answer.status,
      error: errorIn(answer.text),
      limit: answer.headers.get('x-ratelimit-limit'),
      remaining: answer.headers.get('x-ratelimit-remaining'),
      reset: answer.headers.get('x-ratelimit-reset'),
    });
  };
}

function parseBody(text: string): z.infer<typeof bodySchema> {
  try {
    return bodySchema.parse(JSON.parse(text));
  } catch {
    // The cause is dropped too: it could quote the body.
    throw new Problem('invalid_input', { text: 'The body must name an organization_id and a key' });
  }
}

async function askGateway(url: URL, key: string) {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${key}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(gatewayTimeoutMs),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw unavailable('gateway_unreachable', error);
  }
}

const errorSchema = z.object({ error: z.string() });

/** @returns the published sentence of a refusal; null for any other text. */
function errorIn(text: string): string | null {
  try {
    return errorSchema.safeParse(JSON.parse(text)).data?.error ?? null;
  } catch {
    return null;
  }
}
