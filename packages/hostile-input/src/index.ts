export { corporaMissing, corpusLines, haveCorpora, jsonFiles } from './corpora.ts';
export { insert, positions } from './families/paths.ts';
export { sites } from './hostile-input.ts';
export { isTellable } from './is-tellable.ts';
export { expectationFor } from './judge-target.ts';
export { formsOfKey, leaksIn } from './leak-forms.ts';
export {
  type Artefacts,
  artefactsOfProcesses,
  artefactsOfStores,
  readHashColumn,
  sweepForKeys,
} from './leak-sweep.ts';
export { fieldOf, type ParsedAnswers, parseAnswers, type RawAnswer } from './parse-answers.ts';
export { type RawOptions, type RawOutcome, sendBytes } from './raw-client.ts';
export {
  answerOk,
  type RawUpstream,
  type Respond,
  type SeenRequest,
  seenField,
  startRawUpstream,
} from './raw-upstream.ts';
export { misreadBy, type SloppyInterpreter, sloppyInterpreters } from './sloppy-interpreters.ts';
export { parseStatementLog, type StatementLog } from './statement-log.ts';
