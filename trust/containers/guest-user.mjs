// The ordinary user of the machine that is booted for the containers: image.mjs makes it there, podman.mjs runs as it.
export const WORKER = 1000;
export const WORKER_HOME = '/home/worker';
