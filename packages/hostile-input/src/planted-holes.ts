/** A guard of the gateway that is removed, and the family of inputs that must notice. */
export interface PlantedHole {
  readonly what: string;
  /** The file below `services/gateway/src`. */
  readonly file: string;
  /** The text of the guard, which occurs exactly once. */
  readonly from: string;
  readonly to: string;
  readonly family: string;
}

/** One hole for each guard: a forbidden input that passes, or a wrong answer, shows that the suite can find it. */
export const plantedHoles: readonly PlantedHole[] = [
  // The target
  {
    what: 'any path is taken',
    file: 'request-target.ts',
    from: 'if (!isPlainPath(path))',
    to: "if (!path.startsWith('/'))",
    family: 'paths',
  },
  {
    what: 'dots are taken in a path',
    file: '../../../packages/service-chassis/src/plain-path.ts',
    from: '[A-Za-z0-9_-]{1,128})+$/',
    to: '[A-Za-z0-9._-]{1,128})+$/',
    family: 'paths',
  },
  {
    what: 'any query is taken',
    file: 'request-target.ts',
    from: 'if (questionMark !== -1 && !queryPattern.test(raw.slice(questionMark + 1)))',
    to: 'if (questionMark === -2)',
    family: 'texts and methods',
  },
  // The raw checks
  {
    what: 'HTTP versions are not looked at',
    file: 'front-door/raw-checks.ts',
    from: "if (httpVersion !== '1.1' && httpVersion !== '1.0') refuse('http_version');",
    to: '',
    family: 'heads',
  },
  {
    what: 'fields are not counted',
    file: 'front-door/raw-checks.ts',
    from: 'if (rawHeaders.length > 2 * headerCountMax)',
    to: 'if (rawHeaders.length < 0)',
    family: 'heads',
  },
  {
    what: 'a second credential is taken',
    file: 'front-door/raw-checks.ts',
    from: 'if (fields.has(name) && singletons.has(name))',
    to: 'if (name === "host" && fields.has(name))',
    family: 'heads',
  },
  {
    what: 'any Host is taken',
    file: 'front-door/raw-checks.ts',
    from: "checkHost(fields.get('host'), httpVersion);",
    to: '',
    family: 'heads',
  },
  {
    what: 'any transfer coding is taken',
    file: 'front-door/raw-checks.ts',
    from: "if (transferEncoding.toLowerCase() !== 'chunked') refuse('transfer_encoding');",
    to: '',
    family: 'framing',
  },
  {
    what: 'chunks are taken in HTTP/1.0',
    file: 'front-door/raw-checks.ts',
    from: "if (httpVersion === '1.0' || contentLength !== undefined) refuse('framing');",
    to: '',
    family: 'heads',
  },
  {
    what: 'a body is forwarded where it means nothing',
    file: 'front-door/entrance.ts',
    from: 'req: hasMeaninglessBody(req) ? withoutBody(req, res) : req',
    to: 'req',
    family: 'heads',
  },
  {
    what: 'a connection is kept whose dropped body has not come',
    file: 'front-door/without-body.ts',
    from: '  res.shouldKeepAlive = false;\n',
    to: '',
    family: 'heads',
  },
  {
    what: 'Connection may name any field',
    file: 'front-door/raw-checks.ts',
    from: "  checkConnection(fields.get('connection'));\n}",
    to: '}',
    family: 'spoofed headers',
  },
  {
    what: 'any upgrade is taken for none',
    file: 'front-door/raw-checks.ts',
    from: "checkUpgrade(fields.get('upgrade'));",
    to: '',
    family: 'heads',
  },
  // Bytes that are not a request
  {
    what: 'broken bytes are left to node:http',
    file: 'front-door/server.ts',
    from: "server.on('clientError', refuseBrokenBytes);",
    to: '',
    family: 'framing',
  },
  {
    what: 'upgrades are left to node:http',
    file: 'front-door/server.ts',
    from: "server.on('upgrade', (_req, socket) =>",
    to: "server.on('no such event', (_req: IncomingMessage, socket: Socket) =>",
    family: 'pipelines',
  },
  {
    what: 'a broken body is taken for a whole one',
    file: 'front-door/server.ts',
    from: 'breakOff(unfinished, problemFor(error));',
    to: 'socket.destroy();',
    family: 'framing',
  },
  {
    what: 'bytes behind an offer of h2c are dropped',
    file: 'front-door/server.ts',
    from: 'pipelining.bytesSinceLastAnswer(req.socket) !== headLength(req)',
    to: 'pipelining.bytesSinceLastAnswer(req.socket) === -1',
    family: 'heads',
  },
  {
    what: 'pipelined requests are all started at once',
    file: 'front-door/pipelining.ts',
    from: 'if (!connection.isAnswering) begin(connection, { request, start });',
    to: 'if (connection.requests > 0) begin(connection, { request, start });',
    family: 'pipelines',
  },
  {
    what: 'a refused body stays on the connection',
    file: 'front-door/refuse.ts',
    from: 'if (bodyUnread || status === 400',
    to: 'if (status === 400',
    family: 'heads',
  },
  // The caller, and its organization
  {
    what: 'another organization’s paths are open',
    file: 'authorize.ts',
    from: "if (!belongsTo(principal, match)) throw new Problem('not_found', { reason: 'other_organization' });",
    to: '',
    family: 'credentials',
  },
  {
    what: 'scopes are not looked at',
    file: 'authorize.ts',
    from: 'if (!principal.scopes.includes(route.credential.scope)) throw missingScope(route.credential.scope);',
    to: '',
    family: 'credentials',
  },
  // The upstream's requests
  {
    what: 'every header is handed on',
    file: 'forward/outgoing-headers.ts',
    from: "const fields: Fields = ['host', host];",
    to: "const fields: Fields = ['host', host]; for (const name in received) if (!requestFields.includes(name) && !/^(?:host|connection|transfer-encoding|expect|keep-alive|upgrade|trace|x-request-id)/.test(name)) fields.push(name, String(received[name]));",
    family: 'spoofed headers',
  },
  {
    what: 'the caller’s own address is believed',
    file: '../../../packages/service-chassis/src/client-address.ts',
    from: 'if (forwardedFor === undefined || (provenHops === 0 && !isTrusted(proxies, peer, 0))) return peer;',
    to: 'if (forwardedFor === undefined) return peer; else return forwardedFor;',
    family: 'spoofed headers',
  },
  {
    what: 'the caller’s Host is handed on',
    file: 'front-door/entrance.ts',
    from: 'publicHost: publicHost(req.headers.host)',
    to: 'publicHost: req.headers.host ?? publicHost(req.headers.host)',
    family: 'spoofed headers',
  },
  // The upstream's answers
  {
    what: 'every answer of an upstream is handed on',
    file: 'forward/judge-upstream-answer.ts',
    from: 'if (status < 200 || status > 599) return false;',
    to: 'if (status < 200) return false;',
    family: 'upstream answers',
  },
  {
    what: 'every field of an answer is handed on',
    file: 'forward/response-headers.ts',
    from: 'if (dropped?.has(lower) || !passes(lower, route)) continue;',
    to: '',
    family: 'upstream answers',
  },
  {
    what: 'a connection is used again at once',
    file: 'forward/kept-connections.ts',
    from: 'arrived.push(connection);',
    to: 'usable.push(connection);',
    family: 'upstream answers',
  },
  {
    what: 'a silent upstream is waited for',
    file: 'forward/deadlines.ts',
    from: "return silentMs >= timeoutMs ? new Problem('upstream_timeout') : undefined;",
    to: 'return undefined;',
    family: 'upstream answers',
  },
  {
    what: 'a head may trickle in for ever',
    file: 'forward/deadlines.ts',
    from: '  if (head === undefined)\n',
    to: '  if (head === undefined) return undefined; if (head === undefined)\n',
    family: 'upstream answers',
  },
  {
    what: 'interim answers may go on for ever',
    file: 'forward/undici-transport.ts',
    from: "if (interimAnswers > interimAnswersMax) refuseAnswer('upstream_interim_answers');",
    to: '',
    family: 'upstream answers',
  },
  {
    what: 'everything is sent twice when a connection is gone',
    file: 'forward/undici-transport.ts',
    from: 'body === null && repeatable[upstream.retry].has(exchange.method) && saysClosed(error)',
    to: 'saysClosed(error)',
    family: 'upstream answers',
  },
];
