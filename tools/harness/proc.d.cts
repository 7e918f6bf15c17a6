export type SyscallName = 'msgsnd' | 'msgrcv' | 'futex';
export type LimitFile = 'msgmni' | 'msgmax' | 'msgmnb';
type Pid = number | 'self';

export function syscallNumber(name: SyscallName): string;
export function statusField(field: string, pid?: Pid, thread?: number | string): string | undefined;
export function effectiveCapabilities(): bigint;
export function inInitialUserNamespace(): boolean;
export function firstProcessor(): string;
export function threadsOf(pid?: Pid): string[];
export function readThread(pid: Pid, thread: number | string, file: 'comm' | 'status' | 'syscall'): string;
export function syscallOfThread(pid: Pid, thread: number | string): string | undefined;
export function queueIds(): number[];
export function readLimit(name: LimitFile): number;
export function writeLimit(name: LimitFile, value: number): void;
