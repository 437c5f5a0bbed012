import { setFlagsFromString } from 'node:v8';

export interface FavourMemoryParts {
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
  readonly setMemorySaving: (isOn: boolean) => void;
}

const lookEveryMs = 500;
/** Fewer than that leave little behind. */
const crowdMin = 256;
/** V8 collects eight seconds after it has decided to, and a second time soon after that. */
const favourForMs = 20_000;

/**
 * Lets V8 give memory back to the system when a crowd of connections has left.
 *
 * V8 keeps every page that it has emptied until a collection that is to reduce memory; of its own accord it makes one only
 * in a process that does next to nothing. Told to favour memory it makes two, step by step, some seconds after a crowd, and
 * stops the process for 15 ms each time; a collection that is asked for (`gc`) takes 80. The speed that is given up for it
 * is had again when it is over, or when the next crowd comes.
 * @returns stops looking.
 */
export function favourMemoryAfterCrowds({ connections, setMemorySaving }: FavourMemoryParts): () => void {
  let most = 0;
  let fewest = 0;
  let looksLeft = 0;
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return () => clearInterval(timer);

  async function look(): Promise<void> {
    const open = await connections();
    if (looksLeft === 0) {
      most = Math.max(most, open);
      const haveLeft = most - open;
      if (haveLeft < crowdMin || haveLeft < open) return;
      setMemorySaving(true);
      looksLeft = favourForMs / lookEveryMs;
      fewest = open;
      return;
    }
    looksLeft -= 1;
    fewest = Math.min(fewest, open);
    if (open - fewest >= crowdMin) looksLeft = 0;
    if (looksLeft > 0) return;
    setMemorySaving(false);
    most = open;
  }
}

/** What a browser does for a tab out of sight; V8 looks at it whenever it decides about memory. */
export function setMemorySaving(isOn: boolean): void {
  setFlagsFromString(isOn ? '--memory-saver-mode' : '--no-memory-saver-mode');
}
