export { describeTrace } from './describe-trace.ts';
export { BoundReachedError, type Exploration, explore } from './explore.ts';
export { findStuck } from './recurrence.ts';
export { allRows } from './rows/all-rows.ts';
export type { Row, RowGroup } from './rows/row.ts';
export { type RuleName, ruleTexts } from './rules.ts';
export { type RowResult, runRow } from './run-row.ts';
export type { Action, Goal, System } from './system.ts';
