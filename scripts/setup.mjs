/**
 * Installs the locked dependencies where they are not installed yet, and does nothing where they are: a digest of the
 * lockfile and of every manifest tells. This is the only program of the workspace that runs before its own Node is
 * there, so it uses what Node 20 has and no package.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { digestOf, filesBelow, root } from './content-digest.mjs';

/** Major version: npx, which fetches pnpm, works with this one and later ones. An older Node is refused. */
const launchingNodeMin = 20;
/** Version: it runs everything where the workspace carries no Node for the platform. An older one cannot strip types. */
const hostNodeMin = [22, 18];
/** Milliseconds between two lines of progress. */
const progressEveryMs = 3_000;

const digestFile = join(root, 'node_modules/.installed-from');

const [nodeMajor = 0] = process.versions.node.split('.').map(Number);
if (nodeMajor < launchingNodeMin)
  fail(`This workspace needs Node ${launchingNodeMin} or later to start with; this is ${process.version}.`);

const digest = digestOf([
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  'package.json',
  ...['services', 'packages', 'bench'].flatMap((folder) =>
    filesBelow(folder, (path) => path.endsWith('/package.json')),
  ),
]);
if (!isInstalled()) await install();

function isInstalled() {
  return existsSync(digestFile) && readFileSync(digestFile, 'utf8') === digest;
}

async function install() {
  say(
    existsSync(join(root, 'node_modules'))
      ? 'The lockfile or a manifest has changed: installing what is new.'
      : 'Installing the locked dependencies: about half a minute and 500 MB in node_modules, once.',
  );
  const startedAtMs = Date.now();
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const counts = { events: 0, resolved: 0, fetched: 0, found_in_store: 0, imported: 0 };
  const complaints = [];
  const progress = setInterval(() => say(`${seconds(startedAtMs)} s: ${progressOf(counts)}`), progressEveryMs);
  const code = await runPnpm(packageManager, counts, complaints);
  clearInterval(progress);
  if (code !== 0) fail(explain(complaints.join('\n'), packageManager));
  if (!hasOwnNode() && isOlder(process.versions.node, hostNodeMin))
    fail(
      `No package carries Node for ${process.platform} ${process.arch}: install Node ${hostNodeMin.join('.')} or later.`,
    );
  writeFileSync(digestFile, digest);
  say(`Installed ${counts.imported} packages in ${seconds(startedAtMs)} s.`);
}

function progressOf({ events, resolved, fetched, found_in_store: found, imported }) {
  if (events === 0) return 'fetching and starting pnpm';
  if (resolved === 0) return 'comparing the lockfile with node_modules';
  return `of ${resolved} packages ${fetched + found} are fetched and ${imported} in place`;
}

/** @returns its exit code. Its events of progress are counted; its errors and all other lines are complaints. */
async function runPnpm(packageManager, counts, complaints) {
  const args = ['--yes', '--prefer-offline', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'];
  const child = spawn('npx', [...args, '--reporter=ndjson'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const read = async (stream) => {
    for await (const line of createInterface({ input: stream })) {
      const event = parseEvent(line);
      if (event === undefined) complaints.push(line);
      else counts.events += 1;
      if (event?.name === 'pnpm:progress' && event.status in counts) counts[event.status] += 1;
      else if (event?.level === 'error') complaints.push(event.err?.message ?? event.message ?? line);
    }
  };
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      complaints.push(error.message);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
  await Promise.all([read(child.stdout), read(child.stderr)]);
  return ended;
}

function parseEvent(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** One sentence for people. The last lines of npx or pnpm follow only where the cause is not a known one. */
function explain(said, packageManager) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|META_FETCH_FAIL/.test(said))
    return 'The package registry cannot be reached: connect this machine, or set npm_config_registry to a mirror that it reaches.';
  if (/OUTDATED_LOCKFILE/.test(said))
    return `pnpm-lock.yaml does not fit a package.json: run npx ${packageManager} install, and commit the lockfile.`;
  if (/ENOSPC/.test(said)) return 'The disk is full: the dependencies take about 500 MB.';
  if (/spawn npx ENOENT/.test(said)) return 'npx is not on the PATH: install npm, which brings it.';
  return `The dependencies could not be installed:\n${said.trim().split('\n').slice(-10).join('\n')}`;
}

function hasOwnNode() {
  return existsSync(join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node'));
}

function isOlder(version, [major, minor]) {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

function seconds(sinceMs) {
  return Math.round((Date.now() - sinceMs) / 1_000);
}

function say(sentence) {
  console.error(sentence);
}

function fail(sentence) {
  say(sentence);
  process.exit(1);
}
