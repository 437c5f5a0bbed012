import type { HostileInput } from './hostile-input.ts';
import { complaintAboutSeen } from './judge-seen.ts';
import { answerOk, provedAnswer, type RawUpstream, type SeenRequest, seenField } from './raw-upstream.ts';

/** Whose request the upstream has seen, by the nonce that each carries as its User-Agent. */
export interface UpstreamLedger {
  /** From now on, requests with this input's nonce belong to it. */
  expect(input: HostileInput): void;
  /** What was seen of it, and how many of its requests there were at once at most. */
  settle(input: HostileInput): { readonly seen: readonly SeenRequest[]; readonly most: number };
  /** What the upstream saw and nobody had asked for. */
  takeStrays(): readonly string[];
}

interface Account {
  readonly input: HostileInput;
  readonly seen: SeenRequest[];
  atOnce: number;
  most: number;
}

/** How many settled inputs are remembered: a request that comes after its judgement is still that input’s. */
const settledMax = 5_000;

export function keepUpstreamLedger(upstream: RawUpstream): UpstreamLedger {
  const open = new Map<string, Account>();
  const settled = new Map<string, HostileInput>();
  const strays: string[] = [];
  // What came before the first input is nobody's business here.
  upstream.seen.length = 0;

  upstream.respondWith((request, socket) => {
    const nonce = nonceOf(request);
    const account = open.get(nonce);
    if (account !== undefined) {
      account.atOnce += 1;
      account.most = Math.max(account.most, account.atOnce);
      // The answer goes out in the next turn, so that requests that came at once are there at once.
      setImmediate(() => {
        account.atOnce -= 1;
      });
      if (account.input.respond !== undefined) return account.input.respond(request, socket);
    }
    setImmediate(() => socket.writable && socket.write(provedAnswer(answerOk(request), request), 'latin1'));
    return undefined;
  });

  return {
    expect: (input) => {
      open.set(input.nonce, { input, seen: [], atOnce: 0, most: 0 });
    },
    settle: (input) => {
      sortArrivals();
      const account = open.get(input.nonce);
      open.delete(input.nonce);
      settled.set(input.nonce, input);
      for (const [oldest] of settled) {
        if (settled.size <= settledMax) break;
        settled.delete(oldest);
      }
      return { seen: account?.seen ?? [], most: account?.most ?? 0 };
    },
    takeStrays: () => {
      sortArrivals();
      return strays.splice(0);
    },
  };

  function sortArrivals(): void {
    for (const request of upstream.seen.splice(0)) {
      const nonce = nonceOf(request);
      const account = open.get(nonce);
      if (account !== undefined) account.seen.push(request);
      else judgeStray(request, settled.get(nonce));
    }
  }

  /** A client may be gone before the upstream sees its request; then that must at least be one that it may see. */
  function judgeStray(request: SeenRequest, input: HostileInput | undefined): void {
    if (!request.complete && request.head === '') return;
    const complaint = complaintAboutSeen(request);
    if (complaint !== undefined) strays.push(complaint);
    else if (input === undefined)
      strays.push(`a request of nobody: ${request.method} ${request.target} (${nonceOf(request)})`);
    else if (input.expects.seen[1] === 0) strays.push(`the refused ${input.what}`);
  }
}

function nonceOf(request: SeenRequest): string {
  return seenField(request, 'user-agent').join();
}
