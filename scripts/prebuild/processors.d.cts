export interface Processor {
  prefix: string;
  machine: string;
  glibc: string;
  maxBytes?: number;
  flags?: string;
  emulator?: string;
  libraries?: string;
}

export const PROCESSORS: Readonly<Record<string, Processor>>;
export const MAX_BYTES: number;
export function compilerPackage(arch: string): string;
export function processorOf(machine: string, isLittleEndian: boolean): string;
