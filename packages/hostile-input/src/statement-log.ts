/** A statement as a Postgres with `log_statement=all` and `log_line_prefix='%p '` has logged it. */
export interface LoggedStatement {
  readonly text: string;
  /** Undefined where the statement had none. */
  readonly parameters: string | undefined;
}

export interface StatementLog {
  readonly statements: readonly LoggedStatement[];
  /** Every other line. */
  readonly rest: string;
}

/** Lines of several processes alternate; those of one process are in order, and continue behind a tab. */
export function parseStatementLog(log: string): StatementLog {
  const statements: { text: string; parameters: string | undefined }[] = [];
  const latest = new Map<string, (typeof statements)[number]>();
  const rest: string[] = [];
  for (const line of log.replaceAll('\n\t', ' ').split('\n')) {
    const [, pid = '', level, text = ''] = /^(\d+) ([A-Z]+): {2}(.*)$/s.exec(line) ?? [];
    const [, statement] = /^(?:statement|execute [^:]*): (.*)$/s.exec(text) ?? [];
    const [, parameters] = /^parameters: (.*)$/s.exec(text) ?? [];
    const known = latest.get(pid);
    if (level === 'LOG' && statement !== undefined) {
      const next = { text: statement, parameters: undefined };
      statements.push(next);
      latest.set(pid, next);
    } else if (level === 'DETAIL' && parameters !== undefined && known !== undefined) known.parameters = parameters;
    else rest.push(line);
  }
  return { statements, rest: rest.join('\n') };
}
