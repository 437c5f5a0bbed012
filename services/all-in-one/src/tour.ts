export interface TourStops {
  /** The gateway's address. */
  readonly gateway: string;
  readonly organizationId: string;
  readonly email: string;
  /** Undefined when an earlier start has shown it: it cannot be shown again. */
  readonly password: string | undefined;
}

/** Commands for a shell, one a line: log in, create a key, use it, revoke it, see the refusal. */
export function tour({ gateway, organizationId, email, password }: TourStops): string {
  const api = `${gateway}/api/v1`;
  const keys = `${api}/organizations/${organizationId}/api-keys`;
  const stats = `${api}/organizations/${organizationId}/sites/site_1/analytics/stats?period=30d`;
  const status = String.raw`-w '\n%{http_code}\n'`;
  const send = `-H 'Content-Type: application/json' -d`;
  return `
# Log in: 200
${password === undefined ? "PASSWORD='the one that the first start printed'" : `PASSWORD='${password}'`}
ANSWER=$(curl -sS ${status} -X POST ${api}/auth/login ${send} '{"email":"${email}","password":"'"$PASSWORD"'"}'); echo "$ANSWER"; TOKEN=$(${member('token')})

# Create a key: 201, the only answer that shows it
ANSWER=$(curl -sS ${status} -X POST ${keys} -H "Authorization: Bearer $TOKEN" ${send} '{"name":"Tour","scopes":["analytics:read","sites:read"]}'); echo "$ANSWER"; KEY=$(${member('key')}); KEY_ID=$(${member('id')})

# Use it: 200
curl -sS ${status} '${stats}' -H "Authorization: Bearer $KEY"

# Revoke it: 204
curl -sS ${status} -X DELETE ${keys}/$KEY_ID -H "Authorization: Bearer $TOKEN"

# Use it again: 401
curl -sS ${status} '${stats}' -H "Authorization: Bearer $KEY"
`;
}

/** A shell command that prints a text member of the JSON in $ANSWER with sed alone. */
function member(name: string): string {
  return String.raw`echo "$ANSWER" | sed -n 's/.*"${name}":"\([^"]*\)".*/\1/p'`;
}
