// Loaded into a service: on SIGUSR2 its event loop stands still for as long as STALL_MS says. The product knows nothing of it.
process.on('SIGUSR2', () => {
  const endsAtMs = performance.now() + Number(process.env.STALL_MS);
  while (performance.now() < endsAtMs);
});
