/**
 * Media types. Later ones are ignored: no client lists as many, and reading thousands would cost more than the answer.
 */
const mediaRangesMax = 64;

/**
 * Whether a client asks for RFC 9457: `application/problem+json` is named, with a quality of at least that of
 * `application/json`, which may stem from a wildcard (RFC 9110 section 12.5.1). A wildcard alone does not ask for it.
 */
export function prefersProblemJson(accept: string | undefined): boolean {
  if (accept === undefined || !/problem\+json/i.test(accept)) return false;
  const qualities = new Map<string, number>();
  for (const range of accept.split(',', mediaRangesMax)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    qualities.set(type, Math.max(qualityOf(parameters), qualities.get(type) ?? 0));
  }
  const problemQuality = qualities.get('application/problem+json') ?? 0;
  const jsonQuality = qualities.get('application/json') ?? qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  return problemQuality > 0 && problemQuality >= jsonQuality;
}

function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  if (weight === undefined) return 1;
  const quality = Number(weight.slice('q='.length));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
