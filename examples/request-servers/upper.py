#!/usr/bin/python3
"""upper.py KEY: a server for RequestClient. Answers each request, a text, with its upper case; an empty one fails.

The bytes are described in docs/request-reply.md, "The wire". Needs sysv_ipc: Debian's python3-sysv-ipc (then run it with
/usr/bin/python3), or `pip install sysv_ipc`. SIGTERM and Ctrl-C end it.
"""

import collections
import os
import signal
import struct
import sys
import time

import sysv_ipc

REQUEST = struct.Struct("=2sBBiiI8sQ")  # "RQ", version, 0, reply queue, reply type, clock, id, expires at
REPLY = struct.Struct("=2sBBI8sQ")  # "RP", version, status, clock, id, may be thrown away at
RESULT, FAILURE = 0, 1
REQUEST_TYPE = 1
REPLY_LIFETIME_MS = 60_000

if len(sys.argv) != 2:
    sys.exit("Usage: upper.py KEY")
key = int(sys.argv[1], 0)
with open("/proc/sys/kernel/msgmax") as msgmax:
    max_message_size = int(msgmax.read())
# sysv_ipc wants a key as C's key_t has it: a signed 32-bit integer.
requests = sysv_ipc.MessageQueue(key - 2**32 if key >= 2**31 else key, max_message_size=max_message_size)
# Which clock a time belongs to: processes in another time namespace have another one.
our_clock = os.stat("/proc/self/ns/time").st_ino


def now_ms():
    return time.monotonic_ns() // 1_000_000


def handle(data):
    text = data.decode()
    if text == "":
        raise ValueError("there is no text")
    return text.upper().encode()


def queue_for(reply_queue):
    """The queue that a reply goes to. sysv_ipc opens queues by key, so the key of an id is looked up."""
    if reply_queue in (-1, requests.id):
        return requests
    with open("/proc/sysvipc/msg") as queues:
        next(queues)
        for line in queues:
            queue_key, queue_id = line.split()[:2]
            if int(queue_id) == reply_queue and int(queue_key) != 0:
                return sysv_ipc.MessageQueue(int(queue_key))
    return None  # The client has gone, or its queue has no key.


def answer(message):
    """The reply to a request: (queue, type, bytes). None: it expects no answer, or it is no request."""
    if len(message) < REQUEST.size:
        return None
    magic, version, _, reply_queue, reply_type, clock, request_id, expires_at = REQUEST.unpack_from(message)
    if (magic, version) != (b"RQ", 1):
        return None
    if expires_at != 0 and clock in (0, our_clock) and expires_at <= now_ms():
        return None
    try:
        status, result = RESULT, handle(message[REQUEST.size :])
    except Exception as error:
        status, result = FAILURE, str(error).encode()
    header = REPLY.pack(b"RP", 1, status, our_clock, request_id, now_ms() + REPLY_LIFETIME_MS)
    return queue_for(reply_queue), reply_type, header + result


stopped = False


def stop(*_):
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)

# Requests and replies share the queue. When it is full of requests, taking one makes the room for a reply: so the server
# goes on taking them, and never blocks in a send.
unsent = collections.deque()
while not stopped:
    try:
        message, _ = requests.receive(block=not unsent, type=REQUEST_TYPE)
        reply = answer(message)
        if reply is not None and reply[0] is not None:
            unsent.append(reply)
    except sysv_ipc.BusyError:
        time.sleep(0.001)  # No request is there, and a reply still waits for room.
    except sysv_ipc.ExistentialError:
        sys.exit("the queue was removed")
    except sysv_ipc.Error:
        continue  # A signal ended the wait.
    while unsent:
        queue, reply_type, reply = unsent[0]
        try:
            queue.send(reply, block=False, type=reply_type)
        except sysv_ipc.BusyError:
            if queue is requests:
                break
            # A client that does not read its own queue must not hold up the others: its reply is dropped.
        except sysv_ipc.ExistentialError:
            pass  # The client has removed its queue.
        unsent.popleft()
