// The install below prints nothing while it works; a cold one takes about 20 seconds, so say what is going on.
import { existsSync } from 'node:fs';

const firstTime = !existsSync(new URL('../node_modules', import.meta.url));
if (firstTime) console.log('Installing the locked dependencies (about 20 seconds the first time) …');
