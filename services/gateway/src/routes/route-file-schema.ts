import { scopes } from '@engagetrack/contracts';
import { isPlainSegment } from '@engagetrack/service-chassis';
import { z } from 'zod';
import { closestWord } from './closest-word.ts';
import { patternSegments } from './route-table.ts';

/** The form of routes.yaml. This file judges each field alone; parse-route-table.ts judges fields together. */

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const name = z.string().regex(/^[a-z][a-z0-9_.-]*$/, { error: 'must be lower-case letters, digits, "_", "." and "-"' });

/**
 * Milliseconds. Longer is refused: beyond about 24 days a timer would fire at once, and nothing here needs more than a
 * day.
 */
const durationMaxMs = 24 * 3_600_000;

const duration = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const ms =
    Number(amount) *
    { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit === 'ms' || unit === 's' || unit === 'm' ? unit : 'h'];
  // Not `<`, because NaN must be refused as well. Zero would mean no deadline.
  if (!(ms >= 1 && ms <= durationMaxMs)) {
    context.addIssue({
      code: 'custom',
      message: 'must be a duration with a unit from 1ms to 24h, such as 500ms, 15s, 1m',
    });
    return z.NEVER;
  }
  return ms;
});

const size = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d{1,9})(B|KiB|MiB|GiB)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    context.addIssue({ code: 'custom', message: 'must be a size with a unit, such as 64KiB, 1MiB' });
    return z.NEVER;
  }
  return (
    Number(amount) *
    { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit === 'B' || unit === 'KiB' || unit === 'MiB' ? unit : 'GiB']
  );
});

const parameter = /^\{[a-zA-Z][A-Za-z0-9_]*\}$/;
const rest = /^\{[a-zA-Z][A-Za-z0-9_]*\*\}$/;

/** Whether each segment is a parameter or may occur in a request; no request could reach a row with any other. */
function isPathPattern(path: string): boolean {
  const segments = patternSegments(path);
  return (
    path.startsWith('/') &&
    segments.every(
      (segment, index) =>
        isPlainSegment(segment) || parameter.test(segment) || (index === segments.length - 1 && rest.test(segment)),
    )
  );
}

/** Fields that the gateway sets itself, or that are meant for one hop: no row can let an upstream's own pass. */
const neverForwarded =
  /^(?:connection|keep-alive|proxy-.*|set-cookie|te|trailer|transfer-encoding|upgrade|x-error-code|x-request-id|x-ratelimit.*|ratelimit.*)$/;

const responseHeader = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/, { error: 'must be a field name in lower case' })
  .refine((name) => !neverForwarded.test(name), {
    error: 'must not be a field of one hop, a cookie, or one that the gateway sets itself',
  });

export const routeFileSchema = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  defaults: z.strictObject({ timeout: duration, max_body: size, rate_limit: name }),
  upstreams: z.record(
    name,
    z.strictObject({
      url: z.string(),
      via: z
        .enum(['http-proxy-middleware'], { error: 'must be http-proxy-middleware, or absent for the usual way' })
        .optional(),
      keep_alive: duration.optional(),
      max_connection_age: duration.optional(),
      retry: z.enum(['safe', 'idempotent'], { error: 'must be safe or idempotent' }).optional(),
    }),
  ),
  rate_limits: z.record(
    name,
    z.strictObject({
      limit: z.int().min(1).max(1_000_000),
      window: duration.refine((ms) => ms >= 1_000 && ms % 1_000 === 0, { error: 'must be whole seconds, at least 1s' }),
    }),
  ),
  routes: z
    .array(
      z.strictObject({
        id: name,
        match: z.strictObject({
          methods: z
            .array(z.enum(methods, { error: `must be one of ${methods.join(', ')} (GET includes HEAD)` }))
            .min(1),
          path: z.string().min(2).refine(isPathPattern, {
            error:
              'must be literal segments of A-Z a-z 0-9 _ - and {parameters}, each behind one "/", with {rest*} at the end only',
          }),
        }),
        credential: z
          .enum(['api_key', 'session', 'none'], { error: 'must be api_key, session or none' })
          .default('api_key'),
        scope: z
          .enum(scopes, { error: ({ input }) => `must be one of ${scopes.join(', ')}${suggestionFor(input)}` })
          .optional(),
        tenant: z.string().regex(parameter, { error: 'must be a parameter of the path, such as "{orgId}"' }).optional(),
        rate_limit: name.optional(),
        timeout: duration.optional(),
        max_body: size.optional(),
        stream: z.boolean().default(false),
        response_headers: z.array(responseHeader).default([]),
        upstream: name,
      }),
    )
    .min(1),
});

function suggestionFor(written: unknown): string {
  const meant = typeof written === 'string' ? closestWord(written, scopes) : undefined;
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

export type RouteFile = z.infer<typeof routeFileSchema>;
export type RouteRow = RouteFile['routes'][number];
