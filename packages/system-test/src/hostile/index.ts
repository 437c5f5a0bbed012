export { fieldOf, type ParsedAnswers, parseAnswers, type RawAnswer } from './parse-answers.ts';
export { type RawOutcome, type RawWish, sendBytes } from './raw-client.ts';
export {
  answerOk,
  type RawUpstream,
  type Respond,
  type SeenRequest,
  seenField,
  startRawUpstream,
} from './raw-upstream.ts';
