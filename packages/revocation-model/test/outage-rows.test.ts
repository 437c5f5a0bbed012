import { outageRows } from '../src/rows/outage-rows.ts';
import { testRows } from './run-rows.ts';

testRows(outageRows(false));
