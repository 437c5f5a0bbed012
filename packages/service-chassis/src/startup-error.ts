/**
 * A fault that an operator can correct before the service can start. Its message is complete: one sentence a line, each
 * naming the variable or file and the correct form. It is printed without a stack.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
