import { type Expectation, organization } from './hostile-input.ts';

/**
 * The expected outcome of a request target, by an independent implementation: character by character and segment by
 * segment, so that a mistake in the gateway's patterns is not repeated here.
 */
export function expectationFor(target: string): Expectation {
  if (/[\r\n\0]/.test(target)) return refused(400, 431);
  // The parser accepts more blanks between the parts of a request line; the gateway forwards the target between them.
  if (/[ \t]/.test(target)) return { seen: [0, 1], request: { target: target.trim() } };
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  const query = at === -1 ? '' : target.slice(at + 1);
  if (target.length > 15_000) return refused(400, 414, 431);
  if (path.length > 2_048 || query.length > 4_096) return refused(414, 400);
  if (!isCleanPath(path) || !isCleanQuery(query)) return refused(400);
  return isSitesRoute(path.split('/').slice(1))
    ? { seen: [1, 1], request: { target }, statuses: [200] }
    : // Session routes refuse an API key; every other target is unknown.
      refused(401, 404);
}

export function refused(...statuses: readonly number[]): Expectation {
  return { seen: [0, 0], statuses };
}

function isCleanPath(path: string): boolean {
  if (!path.startsWith('/')) return false;
  return path
    .slice(1)
    .split('/')
    .every((segment) => segment.length >= 1 && segment.length <= 128 && [...segment].every(isWordCharacter));
}

function isWordCharacter(character: string): boolean {
  const code = character.charCodeAt(0);
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isDigit || isLetter || character === '-' || character === '_';
}

function isCleanQuery(query: string): boolean {
  for (let at = 0; at < query.length; at += 1) {
    const code = query.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || query[at] === '#' || query[at] === '\\') return false;
    if (query[at] !== '%') continue;
    if (!isHexadecimal(query[at + 1]) || !isHexadecimal(query[at + 2])) return false;
  }
  return true;
}

function isHexadecimal(character: string | undefined): boolean {
  return character !== undefined && '0123456789abcdefABCDEF'.includes(character);
}

/** The list of sites and a single site: the only targets that an input with this key and method can mean. */
function isSitesRoute([api, version, kind, id, sites, ...rest]: readonly string[]): boolean {
  const isOwn = api === 'api' && version === 'v1' && kind === 'organizations' && id === organization;
  if (!isOwn || sites !== 'sites') return false;
  const [, below, ...more] = rest;
  if (below === undefined) return true;
  if (below === 'analytics') return more.length > 0;
  const [, ofOne, ...deeper] = more;
  switch (below) {
    case 'annotations':
      return more.length === 0;
    case 'goals':
      return more.length <= 1 || (deeper.length === 0 && ['stats', 'completions'].includes(ofOne ?? ''));
    case 'funnels':
      return more.length <= 1 || (deeper.length === 0 && ofOne === 'analysis');
    case 'visitors':
      return more.length <= 1 || (deeper.length === 0 && ofOne === 'timeline');
    default:
      return false;
  }
}
