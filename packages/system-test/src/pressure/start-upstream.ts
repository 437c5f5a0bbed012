import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseUpstreamMessage, type UpstreamFigures } from './upstream-messages.ts';

export interface PressureUpstream {
  readonly port: number;
  figures(): Promise<UpstreamFigures>;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<PressureUpstream> {
  const file = fileURLToPath(new URL(`./upstream-process${extname(import.meta.url)}`, import.meta.url));
  const child = fork(file, { execArgv: ['--conditions=source'] });
  const exited = once(child, 'exit');
  const next = async () => parseUpstreamMessage((await once(child, 'message'))[0]);
  const first = await next();
  if (!('port' in first)) throw new Error('The upstream did not say where it listens');
  return {
    port: first.port,
    figures: async () => {
      const answer = next();
      child.send('figures');
      const message = await answer;
      if (!('figures' in message)) throw new Error('The upstream did not say what it has seen');
      return message.figures;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
