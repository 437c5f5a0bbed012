import type { HostileInput } from './hostile-input.ts';
import { complaintAboutSeen } from './judge-seen.ts';
import { answerOk, provedAnswer, type RawUpstream, type SeenRequest, seenField } from './raw-upstream.ts';

/** Assigns the upstream's requests to inputs, by the nonce that each carries as its User-Agent. */
export interface UpstreamLedger {
  /** From now on, requests with this input's nonce belong to it. */
  expect(input: HostileInput): void;
  /** The requests of this input, and the most of them at once. */
  settle(input: HostileInput): { readonly seen: readonly SeenRequest[]; readonly most: number };
  /** Returns the requests that belong to no input. */
  takeStrays(): readonly string[];
}

interface Account {
  readonly input: HostileInput;
  readonly seen: SeenRequest[];
  atOnce: number;
  most: number;
}

/**
 * The number of settled inputs that are remembered: a request that comes after its judgement still belongs to its
 * input.
 */
const settledMax = 5_000;

export function keepUpstreamLedger(upstream: RawUpstream): UpstreamLedger {
  const open = new Map<string, Account>();
  const settled = new Map<string, HostileInput>();
  const strays: string[] = [];
  // Requests before the first input belong to no input.
  upstream.seen.length = 0;

  upstream.respondWith((request, socket) => {
    const nonce = nonceOf(request);
    const account = open.get(nonce);
    if (account !== undefined) {
      account.atOnce += 1;
      account.most = Math.max(account.most, account.atOnce);
      // The answer goes out in the next round of the event loop, so that requests that came at once count as at once.
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

  /**
   * A client may have disconnected before the upstream sees its request; then the request must at least be an allowed
   * one.
   */
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
