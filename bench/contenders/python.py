"""Python's sysv_ipc: reads lines "operation bytes count" and answers each with the nanoseconds that it took."""

import sys
import time

import sysv_ipc

PAYLOADS = 16
MAX_BYTES = 8192
queue = sysv_ipc.MessageQueue(None, sysv_ipc.IPC_CREX, max_message_size=MAX_BYTES)


def pair(size, count):
    payloads = [bytes([97 + i]) * size for i in range(PAYLOADS)]
    roomy = sysv_ipc.MessageQueue(queue.key, max_message_size=max(MAX_BYTES, size))
    data = None
    start = time.monotonic_ns()
    for i in range(count):
        roomy.send(payloads[i % PAYLOADS], block=False)
        data, _ = roomy.receive(block=False)
    elapsed = time.monotonic_ns() - start
    assert data == payloads[(count - 1) % PAYLOADS]
    return elapsed


def text(size, count):
    payloads = [chr(97 + i) * size for i in range(PAYLOADS)]
    data = None
    start = time.monotonic_ns()
    for i in range(count):
        queue.send(payloads[i % PAYLOADS].encode(), block=False)
        data = queue.receive(block=False)[0].decode()
    elapsed = time.monotonic_ns() - start
    assert data == payloads[(count - 1) % PAYLOADS]
    return elapsed


operations = {"pair": pair, "text": text}
print(f"ready {sysv_ipc.VERSION} (Python {sys.version.split()[0]})", flush=True)
for line in sys.stdin:
    operation, size, count = line.split()
    print(operations[operation](int(size), int(count)), flush=True)
