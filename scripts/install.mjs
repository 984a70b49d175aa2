// Installs the packages when what is in node_modules is not what the lockfile asks for.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustNpm, root } from './process.mjs';

/** npm writes down what it installed in node_modules/.package-lock.json: no stamp of ours can be as right. */
function isInstalled(folder) {
  const written = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(written)) return false;
  const installed = JSON.parse(readFileSync(written, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path];
    // Optional packages are mostly binaries for other platforms.
    return path === '' || (found ? found.version === version : optional === true);
  });
}

/** No install script is ever run: nothing here needs one, and newer versions of npm block them. */
export async function install(folder = root) {
  if (isInstalled(folder)) return;
  console.error('Installing packages ...');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await mustNpm(['ci', '--include=dev', '--ignore-scripts', ...quiet], { cwd: folder });
}
