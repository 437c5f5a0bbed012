/**
 * SQLSTATE classes and codes (PostgreSQL manual, appendix A) of a server that cannot do its work now: connection,
 * resource, intervention and system errors, a lock that is not available, a read-only transaction.
 */
const awayCode = /^(?:08|53|57|58)[0-9A-Z]{3}$|^55P03$|^25006$/;
/** Codes of a socket's errors. */
const socketCode = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND)/;
/** Messages of the driver's errors, which have no code. */
const driverMessage =
  /^(?:timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed)/;

/** Whether an error says that the database is away or overloaded, rather than that a statement is wrong. */
export function isDatabaseFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return awayCode.test(code) || socketCode.test(code) || driverMessage.test(error.message);
}
