// Loaded into the gateways of the proof: SIGUSR2 keeps the event loop busy for two seconds, as a long garbage collection
// or a computation without end would.
const stallMs = 2_000;

process.on('SIGUSR2', () => {
  const endMs = performance.now() + stallMs;
  while (performance.now() < endMs);
});
