// Temporary folders that go when the process ends.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** Paths of sockets have a limit of about 100 bytes, and root's own folders are closed to the server's user. */
function base(): string {
  return process.getuid?.() === 0 || tmpdir().length > 60 ? '/tmp' : tmpdir();
}

export function temporaryFolder(prefix: string): string {
  if (folders.size === 0) process.once('exit', () => [...folders].forEach(removeFolder));
  const folder = mkdtempSync(join(base(), prefix));
  chmodSync(folder, 0o755);
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
