import { forkChild } from '../load-kit/fork-child.ts';
import { parseUpstreamMessage, type UpstreamFigures } from './upstream-messages.ts';

export interface PressureUpstream {
  readonly port: number;
  figures(): Promise<UpstreamFigures>;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<PressureUpstream> {
  const child = forkChild(new URL('./upstream-process.ts', import.meta.url));
  const next = async () => parseUpstreamMessage(await child.next());
  const first = await next();
  if (!('port' in first)) throw new Error('The upstream did not say where it listens');
  return {
    port: first.port,
    figures: async () => {
      const answer = next();
      child.process.send('figures');
      const message = await answer;
      if (!('figures' in message)) throw new Error('The upstream did not say what it has seen');
      return message.figures;
    },
    stop: child.stop,
  };
}
