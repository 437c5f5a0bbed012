import { write, writeSync } from 'node:fs';

const descriptor = 1;
/** Lines are written together: each write costs the process, and whoever reads it, more than a line does. */
const lineDelayMs = 10;
const charactersAtOnce = 8 * 1024;
/** Of a reader that takes nothing just now: looked at again so soon, and at an exit so often at most. */
const busyMs = 20;
const busyAtExitMax = 50;
/** Of a reader that takes nothing: with so many waiting, further lines are not kept. */
const charactersWaitingMax = 8 * 1024 * 1024;

const nothing = Buffer.alloc(0);

export interface StandardOutput {
  write(line: string): void;
  /** Is told how many lines were not kept, as soon as there is room for one that says so. */
  onLost: ((lines: number) => void) | undefined;
}

/**
 * Standard output for log lines, written beside the event loop, and to the last line also when the process ends by an exit or
 * an error. A reader that has gone keeps no process from ending, nor from going on without it.
 *
 * A reader that stands still costs lines, and not all of the process's memory: how many were lost is told when it reads on.
 *
 * Not the logger's own destination (sonic-boom 4.2): at an exit that one tries again for ever when its reader has gone.
 */
export function createStandardOutput(): StandardOutput {
  let waiting = '';
  let lost = 0;
  /** What a busy reader has not taken: it is offered again, and at an exit at once. */
  let unwritten: Buffer = nothing;
  let isFlushAhead = false;
  let isWriting = false;
  let hasReader = true;
  process.on('exit', writeRest);

  const output: StandardOutput = {
    onLost: undefined,
    write: (line) => {
      if (!hasReader) return;
      if (waiting.length > charactersWaitingMax) {
        lost += 1;
        return;
      }
      waiting += line;
      goOn();
    },
  };
  return output;

  function goOn(): void {
    if (isWriting || waiting === '') return;
    if (waiting.length >= charactersAtOnce) flush();
    else if (!isFlushAhead) {
      isFlushAhead = true;
      setTimeout(flush, lineDelayMs).unref();
    }
  }

  function flush(): void {
    isFlushAhead = false;
    if (isWriting || waiting === '') return;
    isWriting = true;
    const bytes = takeWaiting();
    tellLost();
    writeBeside(bytes);
  }

  function writeBeside(bytes: Buffer): void {
    write(descriptor, bytes, (error, written) => {
      if (error !== null && isBusy(error)) offerAgain(bytes);
      else if (error === null && written < bytes.length) writeBeside(bytes.subarray(written));
      else {
        isWriting = false;
        // What could not be written for another reason, such as a full disk, is lost; what comes later may fit.
        if (error?.code === 'EPIPE') forgetReader();
        goOn();
      }
    });
  }

  function offerAgain(bytes: Buffer): void {
    unwritten = bytes;
    setTimeout(() => {
      unwritten = nothing;
      writeBeside(bytes);
    }, busyMs);
  }

  function writeRest(): void {
    let bytes = Buffer.concat([unwritten, takeWaiting()]);
    tellLost();
    bytes = Buffer.concat([bytes, takeWaiting()]);
    for (let busy = 0; bytes.length > 0 && busy < busyAtExitMax; ) {
      try {
        bytes = bytes.subarray(writeSync(descriptor, bytes));
      } catch (error) {
        if (!isBusy(error)) return;
        busy += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs);
      }
    }
  }

  function takeWaiting(): Buffer {
    const bytes = Buffer.from(waiting);
    waiting = '';
    return bytes;
  }

  function tellLost(): void {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    output.onLost?.(lines);
  }

  function forgetReader(): void {
    hasReader = false;
    waiting = '';
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
