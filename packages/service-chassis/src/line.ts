/**
 * Members in the order of their coming; each can leave from any place.
 *
 * For what comes and goes with every request, in the place of a Set or Map. When the table of one of those is used up,
 * V8 makes a new one, and the old one goes on referring to the new one and to the members of its time. Once such a table
 * has grown old itself, every later one is kept by the dead one before it until the next full collection, and with them
 * every request: each young collection then moved a megabyte that nobody needed, and full ones came every second.
 * Here nothing refers to whoever has left.
 */
export interface Line<Member extends object> extends Iterable<Member> {
  readonly size: number;
  /** @returns takes the member out again; false when it has left already. */
  join(member: Member): () => boolean;
  /** Who came first of those that are here. */
  first(): Member | undefined;
  takeFirst(): Member | undefined;
}

interface Place<Member extends object> {
  member: Member | undefined;
  before: Place<Member> | undefined;
  behind: Place<Member> | undefined;
}

export function createLine<Member extends object>(): Line<Member> {
  let head: Place<Member> | undefined;
  let tail: Place<Member> | undefined;
  let size = 0;

  return {
    get size() {
      return size;
    },
    join: (member) => {
      const place: Place<Member> = { member, before: tail, behind: undefined };
      if (tail === undefined) head = place;
      else tail.behind = place;
      tail = place;
      size += 1;
      return () => leave(place);
    },
    first: () => head?.member,
    takeFirst: () => {
      const member = head?.member;
      if (head !== undefined) leave(head);
      return member;
    },
    /** Those that are here now, whoever leaves or joins meanwhile. */
    [Symbol.iterator]: () => everybody().values(),
  };

  function leave(place: Place<Member>): boolean {
    if (place.member === undefined) return false;
    if (place.before === undefined) head = place.behind;
    else place.before.behind = place.behind;
    if (place.behind === undefined) tail = place.before;
    else place.behind.before = place.before;
    place.member = undefined;
    place.before = undefined;
    place.behind = undefined;
    size -= 1;
    return true;
  }

  function everybody(): Member[] {
    const members: Member[] = [];
    for (let place = head; place?.member !== undefined; place = place.behind) members.push(place.member);
    return members;
  }
}
