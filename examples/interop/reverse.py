#!/usr/bin/python3
"""reverse.py REQUESTS REPLIES: the keys of two queues. Says hello, then answers each message with its bytes turned
around, under the same type. Ends at a message "quit".

Needs sysv_ipc: Debian's python3-sysv-ipc (then run it with /usr/bin/python3), or `pip install sysv_ipc`.
"""

import sys

import sysv_ipc

if len(sys.argv) != 3:
    sys.exit("Usage: reverse.py REQUESTS REPLIES")


def signed(key):
    """sysv_ipc wants a key as C's key_t has it: a signed 32-bit integer."""
    return key - 2**32 if key >= 2**31 else key


def open_queue(key):
    # A receive takes at most max_message_size bytes, 2048 unless told otherwise; a longer message would stay in the
    # queue, and every receive would fail.
    with open("/proc/sys/kernel/msgmax") as msgmax:
        return sysv_ipc.MessageQueue(signed(int(key, 0)), max_message_size=int(msgmax.read()))


requests, replies = open_queue(sys.argv[1]), open_queue(sys.argv[2])
replies.send(b"hello from Python", type=1)  # bytes: a str would be sent as UTF-8.
while True:
    message, message_type = requests.receive(type=0)  # 0: the oldest message, of any type.
    if message == b"quit":
        break
    replies.send(message[::-1], type=message_type)
