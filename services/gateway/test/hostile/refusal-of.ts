import { Problem } from '@engagetrack/contracts';
import { checkRawRequest, type RawRequest } from '../../src/front-door/raw-checks.ts';

/** The raw checks' reason to refuse such a POST; undefined when they accept it. */
export function refusalOf(request: Partial<RawRequest>): string | undefined {
  try {
    checkRawRequest({ httpVersion: '1.1', rawHeaders: ['Host', 'api.test'], ...request });
    return undefined;
  } catch (error) {
    if (error instanceof Problem && [400, 431].includes(error.status)) return error.reason;
    throw error;
  }
}
