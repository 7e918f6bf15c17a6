#!/usr/bin/python3
"""consumer.py KEY COUNT: receives so many messages from the queue with that key. It knows nothing of a bridge.

Needs sysv_ipc: Debian's python3-sysv-ipc (then run it with /usr/bin/python3), or `pip install sysv_ipc`.
"""

import sys

import sysv_ipc

if len(sys.argv) != 3:
    sys.exit("Usage: consumer.py KEY COUNT")
key = int(sys.argv[1], 0)
# sysv_ipc wants a key as C's key_t has it: a signed 32-bit integer.
with open("/proc/sys/kernel/msgmax") as msgmax:
    queue = sysv_ipc.MessageQueue(key - 2**32 if key >= 2**31 else key, max_message_size=int(msgmax.read()))
for _ in range(int(sys.argv[2])):
    message, message_type = queue.receive(type=0)
    print(f"{message.decode()}, type {message_type}", flush=True)
