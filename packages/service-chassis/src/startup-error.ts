/**
 * Something an operator can put right before the service can start. Its message is the whole story: one sentence a
 * line, each naming the variable or file and what would be right. It is printed without a stack.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
