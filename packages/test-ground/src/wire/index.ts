export { breakOff } from './break-off.ts';
export type { LinkFault } from './link-fault.ts';
export { startTcpFaultProxy, type TcpFaultProxy } from './tcp-fault-proxy.ts';
export type { WireMessage } from './wire-message.ts';
export { createWireTaps, type LinkName, type WireTaps } from './wire-taps.ts';
