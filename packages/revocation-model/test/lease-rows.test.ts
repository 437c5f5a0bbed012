import { leaseRows } from '../src/rows/lease-rows.ts';
import { testRows } from './run-rows.ts';

testRows(leaseRows(false));
