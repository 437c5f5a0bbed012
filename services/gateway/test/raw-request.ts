import { connect } from 'node:net';

/** Writes bytes to a socket and resolves with all received bytes once the peer has closed it. */
export function sendRaw(port: number, bytes: string, deadlineMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No close within ${deadlineMs} ms; got: ${Buffer.concat(chunks).toString('latin1')}`));
    }, deadlineMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(bytes, 'latin1');
  });
}
