// Loaded into every process that a test starts: when the test process is gone, however it ended, its end of this pipe
// is closed, and the service ends too.
process.stdin.on('end', () => process.exit(1));
process.stdin.resume();
process.stdin.unref?.();
