<?php
// reverse.php REQUESTS REPLIES: the keys of two queues. Says hello, then answers each message with its bytes turned
// around, under the same type. Ends at a message "quit".
//
// Needs the extension sysvmsg, which Debian's php-cli has.

if ($argc !== 3) {
    fwrite(STDERR, "Usage: php reverse.php REQUESTS REPLIES\n");
    exit(2);
}

// base 0 reads 0x… as well; & keeps the 32 bits that a key has.
$requests = msg_get_queue(intval($argv[1], 0) & 0xffffffff);
$replies = msg_get_queue(intval($argv[2], 0) & 0xffffffff);
$msgmax = (int) file_get_contents('/proc/sys/kernel/msgmax');

// false: the bytes as they are. Without it PHP would send s:14:"hello from PHP"; and take only what is so written:
// leave it out with codecs.php() on the other side.
msg_send($replies, 1, 'hello from PHP', false) or exit(1);
while (true) {
    msg_receive($requests, 0, $type, $msgmax, $message, false) or exit(1);
    if ($message === 'quit') {
        exit(0);
    }
    msg_send($replies, $type, strrev($message), false) or exit(1);
}
