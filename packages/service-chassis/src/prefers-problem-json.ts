/**
 * Whether a client asks for RFC 9457: `application/problem+json` is named, with a quality of at least that of
 * `application/json` (RFC 9110 section 12.5.1). A wildcard alone does not ask for it.
 */
export function prefersProblemJson(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes('problem+json')) return false;
  let problemQuality = 0;
  let jsonQuality = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type === 'application/problem+json') problemQuality = Math.max(problemQuality, qualityOf(parameters));
    if (type === 'application/json') jsonQuality = Math.max(jsonQuality, qualityOf(parameters));
  }
  return problemQuality > 0 && problemQuality >= jsonQuality;
}

function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  if (weight === undefined) return 1;
  const quality = Number(weight.slice('q='.length));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
