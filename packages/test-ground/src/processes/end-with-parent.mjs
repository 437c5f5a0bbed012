// Loaded into every process that a test starts: when the test process has ended, the operating system closes its end of
// this pipe, and the service ends too.
process.stdin.on('end', () => process.exit(1));
process.stdin.resume();
process.stdin.unref?.();
