/**
 * The rows of the catalogue of hostile input: how many there are of each kind. A test's title begins with the id of the
 * row that it covers, such as `P07`.
 */
const rowsByKind = {
  P: 48, // request target and path confusion
  M: 12, // methods
  H: 32, // authorization and other headers
  S: 27, // framing and smuggling
  T: 16, // resource and time
  U: 23, // upstream behaviour
  W: 7, // upgrades and long answers
  K: 31, // key management
  L: 18, // the limiter and its headers
  G: 14, // leaks
  D: 12, // the dashboard
  E: 8, // enumeration and side channels
} as const;

export const catalogueRows: readonly string[] = Object.entries(rowsByKind).flatMap(([kind, rows]) =>
  Array.from({ length: rows }, (_, n) => `${kind}${String(n + 1).padStart(2, '0')}`),
);
