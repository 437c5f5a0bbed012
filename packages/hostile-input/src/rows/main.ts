/**
 * Says which rows of the catalogue of hostile input no test covers. A row counts when a test's title begins with its id,
 * or when a sentence in docs/decisions explains why none can. The last line tells how many do and do not; exits with 1
 * when any does not.
 */
import { readArguments } from '@engagetrack/test-ground';
import { catalogueRows } from './catalogue.ts';
import { checkRows } from './check-rows.ts';

readArguments({ options: {} }, 'usage: test:rows');
const { covered, explained, missing, unknown } = checkRows();
console.log(`${catalogueRows.length} rows: ${covered.length} covered by a test's title, ${explained.length} explained`);
console.log(`explained in docs/decisions: ${explained.join(' ') || 'none'}`);
console.log(`not covered: ${missing.join(' ') || 'none'}`);
if (unknown.length > 0) console.log(`no row of the catalogue: ${unknown.join(' ')}`);
const failed = missing.length + unknown.length;
console.log(`${covered.length + explained.length} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
