// Disks of virtual machines: a folder as an ext4 file system, which the kernel of Debian's cloud images mounts as its root
// without an initrd.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';

/** Makes a disk of a folder, with room for more. */
export function makeDisk(folder, file, gibibytes) {
  rmSync(file, { force: true });
  const options = ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', folder];
  execFileSync('mke2fs', [...options, file, `${gibibytes}G`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** What a machine takes to have it as its root; what is written there is gone with the machine. */
export function rootDisk(file) {
  return {
    devices: ['-drive', `file=${file},format=raw,if=none,id=root,snapshot=on`, '-device', 'nvme,serial=1,drive=root'],
    parameters: ['root=/dev/nvme0n1', 'rw', 'rootfstype=ext4'],
  };
}
