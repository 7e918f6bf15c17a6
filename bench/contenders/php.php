<?php
// PHP's sysvmsg, without its serialisation: reads lines "operation bytes count" and answers each with nanoseconds.

const PAYLOADS = 16;
const MAX_BYTES = 8192;

$queue = msg_get_queue(0x70687071, 0600);

function pair($queue, int $bytes, int $count): int
{
    $payloads = array_map(fn($i) => str_repeat(chr(97 + $i), $bytes), range(0, PAYLOADS - 1));
    $most = max(MAX_BYTES, $bytes);
    $start = hrtime(true);
    for ($i = 0; $i < $count; $i++) {
        if (!msg_send($queue, 1, $payloads[$i % PAYLOADS], false, false, $error)) {
            exit("msg_send: $error\n");
        }
        if (!msg_receive($queue, 0, $type, $most, $data, false, MSG_IPC_NOWAIT, $error)) {
            exit("msg_receive: $error\n");
        }
    }
    $elapsed = hrtime(true) - $start;
    if ($data !== $payloads[($count - 1) % PAYLOADS]) {
        exit("other bytes arrived than were sent\n");
    }
    return $elapsed;
}

echo 'ready ', PHP_VERSION, "\n";
while (($line = fgets(STDIN)) !== false) {
    [$operation, $bytes, $count] = explode(' ', trim($line));
    echo pair($queue, (int) $bytes, (int) $count), "\n";
}
// The next row's has the limits of that time.
msg_remove_queue($queue);
