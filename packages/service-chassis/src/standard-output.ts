import { write, writeSync } from 'node:fs';

const descriptor = 1;
/**
 * Milliseconds. Lines wait so long to be written together: each write costs this process and the reader more than a
 * line does.
 */
const lineDelayMs = 25;
const charactersAtOnce = 32 * 1024;
/** Milliseconds. A write to a full pipe is tried again after them; at an exit, at most so many times. */
const busyMs = 20;
const busyAtExitMax = 50;
/** Characters. While more wait for a slow reader, further lines are lost and counted. */
const charactersWaitingMax = 8 * 1024 * 1024;

const nothing = Buffer.alloc(0);

export interface StandardOutput {
  write(line: string): void;
  /** Called with the number of lost lines, as soon as there is room for a line about them. */
  onLost: ((lines: number) => void) | undefined;
}

/**
 * Standard output for log lines, written asynchronously; at an exit or an error the rest is written at once. A closed
 * pipe keeps no process from ending, nor from going on without it.
 *
 * A slow reader costs lines rather than all of the process's memory; when it reads again, a line says how many were
 * lost.
 *
 * This replaces the logger's own destination (sonic-boom 4.2), which at an exit retries for ever when its reader has
 * gone.
 */
export function createStandardOutput(): StandardOutput {
  let waiting = '';
  let lost = 0;
  /** Bytes that a full pipe has not taken; they are tried again, at an exit at once. */
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
        // After another failure, such as a full disk, these bytes are lost; later ones may fit.
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
