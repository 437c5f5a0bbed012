// Loaded into a service: SIGUSR2 stops its event loop for STALL_MS. No source of the product mentions this.
process.on('SIGUSR2', () => {
  const endsAtMs = performance.now() + Number(process.env.STALL_MS);
  while (performance.now() < endsAtMs);
});
