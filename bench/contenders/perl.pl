# Perl's own msgsnd and msgrcv: reads lines "operation bytes count" and answers each with the nanoseconds that it took.
use strict;
use warnings;
use IPC::SysV qw(IPC_PRIVATE IPC_CREAT IPC_NOWAIT);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $PAYLOADS = 16;
my $MAX_BYTES = 8192;
my $queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600) // die "msgget: $!";

sub pair {
    my ($bytes, $count) = @_;
    my @payloads = map { chr(97 + $_) x $bytes } 0 .. $PAYLOADS - 1;
    my $flag = IPC_NOWAIT;
    my $most = $bytes > $MAX_BYTES ? $bytes : $MAX_BYTES;
    my ($buffer, $type, $data);
    my $start = clock_gettime(CLOCK_MONOTONIC);
    for my $i (0 .. $count - 1) {
        msgsnd($queue, pack('l! a*', 1, $payloads[$i % $PAYLOADS]), $flag) or die "msgsnd: $!";
        defined msgrcv($queue, $buffer, $most, 0, $flag) or die "msgrcv: $!";
        ($type, $data) = unpack('l! a*', $buffer);
    }
    my $elapsed = clock_gettime(CLOCK_MONOTONIC) - $start;
    die "other bytes arrived than were sent" if $data ne $payloads[($count - 1) % $PAYLOADS];
    return int($elapsed * 1e9);
}

$| = 1;
printf "ready %vd\n", $^V;
while (my $line = <STDIN>) {
    my ($operation, $bytes, $count) = split ' ', $line;
    print pair($bytes, $count), "\n";
}
