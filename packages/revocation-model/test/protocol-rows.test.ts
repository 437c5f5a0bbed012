import { protocolRows } from '../src/rows/protocol-rows.ts';
import { testRows } from './run-rows.ts';

testRows(protocolRows(false));
