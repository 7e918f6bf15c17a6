<?php
// php-session.php KEY KEY: evaluates the code of each message of type 1 in the first queue, which it finds in $queue, and
// answers in the second: with what the code returns, as msg_send serialises it, as type 2; or, as type 3, with the text
// of what it throws.
set_error_handler(function ($level, $message) { throw new ErrorException($message); });
$queue = msg_get_queue((int) $argv[1]);
$answers = msg_get_queue((int) $argv[2]);
for (;;) {
    msg_receive($queue, 1, $type, 1 << 20, $code, false);
    try {
        msg_send($answers, 2, eval($code));
    } catch (Throwable $error) {
        msg_send($answers, 3, get_class($error) . ': ' . $error->getMessage(), false);
    }
}
