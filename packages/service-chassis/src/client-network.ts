import { isIPv6 } from 'node:net';

/** An IPv6 address has eight groups; the first four are its network (RFC 4291 section 2.5.4). */
const networkGroups = 4;
const allGroups = 8;
/**
 * Four plain groups in the one spelling of RFC 5952, with which most addresses begin. A fast path, because a flood may
 * bring a new address with each guess.
 */
const plainNetwork = /^(?:(?:0|[1-9a-f][0-9a-f]{0,3}):){4}/;

/**
 * The network of an address, for limits by address: an IPv4 address is one caller, while one IPv6 caller has a whole
 * /64 and could give every attempt an address of its own. Any other text is its own network.
 */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [plain] = plainNetwork.exec(address) ?? [];
  if (plain !== undefined) return `${plain}:/64`;
  // A zone (`fe80::1%eth0`) names an interface of this host, not a network.
  const [text = ''] = address.split('%', 1);
  const [head = '', tail] = text.toLowerCase().split('::');
  const groups = groupsOf(head);
  if (tail !== undefined) {
    const after = groupsOf(tail);
    while (groups.length < allGroups - after.length) groups.push('0');
    groups.push(...after);
  }
  const network = groups.slice(0, networkGroups).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/**
 * An IPv4 address at the end stands for two groups. Their values do not matter, because they are never among the first
 * four.
 */
function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['v4', 'v4'] : [group]));
}
