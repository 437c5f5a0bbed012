/**
 * A linked list: members in the order of their arrival, each of which can leave from any position.
 *
 * For members that come and go with every request, instead of a Set or Map. When the table of one of those is used up,
 * V8 makes a new one, and the old one goes on referring to the new one and to its former members. Once such a table has
 * grown old, it keeps every later one until the next full collection, and with them every request: each young
 * collection then moved a megabyte of garbage, and full ones came every second. Here nothing refers to a member that
 * has left.
 */
export interface Line<Member extends object> extends Iterable<Member> {
  readonly size: number;
  /** @returns a function that removes the member; it returns false when the member has left already. */
  join(member: Member): () => boolean;
  /** The oldest member. */
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
    /** The present members, also when members leave or join meanwhile. */
    [Symbol.iterator]: () => allMembers().values(),
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

  function allMembers(): Member[] {
    const members: Member[] = [];
    for (let place = head; place?.member !== undefined; place = place.behind) members.push(place.member);
    return members;
  }
}
