import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder, runCommand } from '../dev/machine/run-command.ts';

/** Has a package.json of its own, so that the project's `npm ci` does not install what only the bench needs. */
export const peersFolder = join(projectFolder, 'bench/peers');
const lock = join(peersFolder, 'package-lock.json');
/** A copy of the lock file that the installed packages are from. */
const installedLock = join(peersFolder, 'node_modules/.installed-lock.json');

const read = (file: string) => readFile(file, 'utf8').catch(() => '');

/** Installs exactly what the lock file of bench/peers says, unless it is there already. Throws if npm cannot. */
export const installPeers = async (say: (line: string) => void): Promise<void> => {
  if ((await read(lock)) === (await read(installedLock))) return;
  say('installing the programs to compare with, once: npm ci --prefix bench/peers');
  const ended = await runCommand('npm', ['ci', '--prefix', peersFolder], {
    env: process.env,
    timeoutMs: 180_000,
  }).catch((error: Error) => ({ exitCode: null, stdout: '', stderr: error.message }));
  if (ended.exitCode !== 0) {
    throw new Error(
      `npm could not install the programs to compare with, so this benchmark cannot run. Try "npm ci --prefix bench/peers" yourself. npm said: ${ended.stdout}${ended.stderr}`,
    );
  }
  await copyFile(lock, installedLock);
};
