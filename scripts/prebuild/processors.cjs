// The processors that the package has a binary for, by the name that Node.js has for them (process.arch).

/**
 * - `prefix`: of the compiler's programs; Debian's package is `g++`, or `g++-` and the prefix.
 * - `machine`: what readelf calls it, with the byte order where that is not clear from the name.
 * - `glibc`: the newest version that the binary may ask for: 2.17, which Node.js's builds for old systems have, or the first
 *   that the processor has. riscv64 begins with 2.27.
 * - `maxBytes`: of the file, where it is not MAX_BYTES.
 * - `flags`: for the compiler, besides those of binding.gyp.
 * - `emulator` and `libraries`: what runs such programs here, and where Debian's compiler has their libc.
 */
const PROCESSORS = {
  x64: { prefix: 'x86_64-linux-gnu-', machine: 'Advanced Micro Devices X86-64', glibc: '2.17' },
  arm64: {
    prefix: 'aarch64-linux-gnu-',
    machine: 'AArch64',
    glibc: '2.17',
    // GCC's functions that choose a processor's atomic instructions ask libc for a symbol that not all have.
    flags: '-mno-outline-atomics',
    emulator: 'qemu-aarch64-static',
    libraries: '/usr/aarch64-linux-gnu',
  },
  arm: {
    prefix: 'arm-linux-gnueabihf-',
    machine: 'ARM',
    glibc: '2.17',
    emulator: 'qemu-arm-static',
    libraries: '/usr/arm-linux-gnueabihf',
  },
  ppc64: {
    prefix: 'powerpc64le-linux-gnu-',
    machine: 'PowerPC64, little endian',
    glibc: '2.17',
    // Its pages may have 64 KiB, and the linker begins the data on another one than the code.
    maxBytes: 160 * 1024,
    emulator: 'qemu-ppc64le-static',
    libraries: '/usr/powerpc64le-linux-gnu',
  },
  s390x: {
    prefix: 's390x-linux-gnu-',
    machine: 'IBM S/390',
    glibc: '2.17',
    emulator: 'qemu-s390x-static',
    libraries: '/usr/s390x-linux-gnu',
  },
  riscv64: {
    prefix: 'riscv64-linux-gnu-',
    machine: 'RISC-V',
    glibc: '2.27',
    emulator: 'qemu-riscv64-static',
    libraries: '/usr/riscv64-linux-gnu',
  },
};

/** The most bytes that a binary may have. */
const MAX_BYTES = 96 * 1024;

/** Debian's package of a processor's compiler. */
function compilerPackage(arch) {
  return arch === 'x64' ? 'g++' : `g++-${PROCESSORS[arch].prefix.replace(/-$/, '')}`;
}

/** The name of the processor that readelf's words mean, or these words. */
function processorOf(machine, isLittleEndian) {
  const words = machine === 'PowerPC64' && isLittleEndian ? 'PowerPC64, little endian' : machine;
  return Object.keys(PROCESSORS).find((arch) => PROCESSORS[arch].machine === words) ?? words;
}

module.exports = { PROCESSORS, MAX_BYTES, compilerPackage, processorOf };
