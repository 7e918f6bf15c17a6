#!/bin/sh
# "Messages are stuck": what to look at, and what to do. Takes a queue's key; the command sysvmq is on the PATH.
#
#   sh examples/recipes/on-call.sh KEY FILE
set -eu
key=$1
file=$2

sysvmq list                                  # Which queues are there, and how full?
sysvmq stat "$key"                           # Which processes sent and received last, and which wait now?
sysvmq peek "$key"                           # What is the oldest message? It stays in the queue.
sysvmq consumers                             # Has a consumer taken messages that it has not finished?
sysvmq doctor || true                        # Does something about this machine explain it?
sysvmq drain "$key" "$file"                  # Move the messages out of the way, one line each.
sysvmq stat "$key"                           # The queue has room again.
