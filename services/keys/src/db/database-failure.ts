/**
 * SQLSTATE classes and codes (PostgreSQL manual, appendix A) by which a server says that it cannot do its work now:
 * connection, resources, intervention and system errors, a lock that is not to be had, no writes taken.
 */
const awayCode = /^(?:08|53|57|58)[0-9A-Z]{3}$|^55P03$|^25006$/;
/** What a socket says. */
const socketCode = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND)/;
/** What the driver says, which gives no code with it. */
const driverMessage =
  /^(?:timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed)/;

/** Whether an error says that the database is away or cannot cope, and not that it was asked something wrong. */
export function isDatabaseFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return awayCode.test(code) || socketCode.test(code) || driverMessage.test(error.message);
}
