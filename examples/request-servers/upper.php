<?php
// upper.php KEY: a server for RequestClient. Answers each request, a text, with its upper case; an empty one fails.
//
// The bytes are described in docs/request-reply.md, "The wire". Needs the extensions sysvmsg and pcntl, which Debian's
// php-cli has. SIGTERM and Ctrl-C end it.

const REQUEST_BYTES = 32;
const RESULT = 0;
const FAILURE = 1;
const REQUEST_TYPE = 1;
const REPLY_LIFETIME_MS = 60_000;

if ($argc !== 2) {
    fwrite(STDERR, "Usage: php upper.php KEY\n");
    exit(2);
}
// base 0 reads 0x… as well; & keeps the 32 bits that a key has.
$key = intval($argv[1], 0) & 0xffffffff;
$requests = msg_queue_exists($key) ? msg_get_queue($key) : exit(1);
$msgmax = (int) file_get_contents('/proc/sys/kernel/msgmax');
// Which clock a time belongs to: processes in another time namespace have another one.
$ourClock = stat('/proc/self/ns/time')['ino'];

function now_ms(): int
{
    return intdiv(hrtime(true), 1_000_000);
}

function handle(string $text): string
{
    if ($text === '') {
        throw new ValueError('there is no text');
    }
    return strtoupper($text);
}

// The queue that a reply goes to. PHP opens queues by key, so the key of an id is looked up.
function queue_for(int $id): ?SysvMessageQueue
{
    global $requests, $key;
    if ($id === -1) {
        return $requests;
    }
    foreach (array_slice(file('/proc/sysvipc/msg'), 1) as $line) {
        [$queueKey, $queueId] = preg_split('/\s+/', trim($line));
        $queueKey = (int) $queueKey & 0xffffffff;
        if ((int) $queueId === $id && $queueKey !== 0) {
            return $queueKey === $key ? $requests : msg_get_queue($queueKey);
        }
    }
    return null; // The client has gone, or its queue has no key.
}

// The reply to a request: [queue, type, bytes]. null: it expects no answer, or it is no request.
function answer(string $message): ?array
{
    global $ourClock;
    if (strlen($message) < REQUEST_BYTES || substr($message, 0, 3) !== "RQ\x01") {
        return null;
    }
    ['queue' => $queue, 'type' => $type, 'clock' => $clock, 'id' => $id, 'expires' => $expires] =
        unpack('lqueue/ltype/Lclock/a8id/Qexpires', $message, 4);
    if ($expires !== 0 && ($clock === 0 || $clock === $ourClock) && $expires <= now_ms()) {
        return null;
    }
    try {
        [$status, $result] = [RESULT, handle(substr($message, REQUEST_BYTES))];
    } catch (Throwable $error) {
        [$status, $result] = [FAILURE, $error->getMessage()];
    }
    $header = pack('a2CCLa8Q', 'RP', 1, $status, $ourClock, $id, now_ms() + REPLY_LIFETIME_MS);
    return [queue_for($queue), $type, $header . $result];
}

$stopped = false;
pcntl_async_signals(true);
foreach ([SIGTERM, SIGINT] as $signal) {
    // Without a restart of msgrcv, which ends with EINTR then.
    pcntl_signal($signal, function () use (&$stopped) { $stopped = true; }, false);
}

// Requests and replies share the queue. When it is full of requests, taking one makes the room for a reply: so the server
// goes on taking them, and never blocks in a send.
$unsent = [];
while (!$stopped) {
    $flags = $unsent === [] ? 0 : MSG_IPC_NOWAIT;
    if (msg_receive($requests, REQUEST_TYPE, $type, $msgmax, $message, false, $flags, $error)) {
        $reply = answer($message);
        if ($reply !== null && $reply[0] !== null) {
            $unsent[] = $reply;
        }
    } elseif ($error === MSG_ENOMSG) {
        usleep(1000); // No request is there, and a reply still waits for room.
    } elseif ($error !== PCNTL_EINTR) {
        fwrite(STDERR, posix_strerror($error) . "\n");
        exit(1);
    }
    while ($unsent !== []) {
        [$queue, $replyType, $bytes] = $unsent[0];
        $sent = @msg_send($queue, $replyType, $bytes, false, false, $error);
        if (!$sent && $error === MSG_EAGAIN && $queue === $requests) {
            break;
        }
        // A client that does not read its own queue, or has removed it, must not hold up the others.
        array_shift($unsent);
    }
}
