/** A disk that can be full: a file system in memory of a fixed size, with a file that takes the room. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from './temporary-folder.js';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes. */
  fill(left: number): void;
  makeRoom(): void;
  remove(): void;
}

/** Undefined where nobody may mount: on Linux only root may. */
export function smallDisk(megabytes: number): SmallDisk | undefined {
  const base = temporaryFolder('baton-disk-');
  const folder = join(base, 'disk');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  if (mounted.status !== 0) {
    removeFolder(base);
    return undefined;
  }
  chmodSync(folder, 0o777);
  const filler = join(folder, 'filler');
  const unmount = () => void spawnSync('umount', ['-l', folder]);
  process.prependOnceListener('exit', unmount);
  return {
    folder,
    fill: (left) => {
      const { bavail, bsize } = statfsSync(folder);
      const size = bavail * bsize - left;
      if (size < 0) throw new Error(`the disk has only ${bavail * bsize} bytes left`);
      writeFileSync(filler, Buffer.alloc(size));
    },
    makeRoom: () => rmSync(filler),
    remove: () => {
      unmount();
      process.off('exit', unmount);
      removeFolder(base);
    },
  };
}
