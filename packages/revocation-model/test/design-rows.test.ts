import { designRows } from '../src/rows/design-rows.ts';
import { testRows } from './run-rows.ts';

testRows(designRows);
