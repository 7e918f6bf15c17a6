#!/usr/bin/perl
# reverse.pl REQUESTS REPLIES: the keys of two queues. Says hello, then answers each message with its bytes turned
# around, under the same type. Ends at a message "quit".
#
# Perl's own msgget, msgsnd and msgrcv; IPC::Msg wraps them.
use strict;
use warnings;
use Errno qw(EINTR);

die "Usage: reverse.pl REQUESTS REPLIES\n" unless @ARGV == 2;

# oct reads 0x… too; the kernel's key has 32 bits and a sign.
sub key { my $key = $_[0] =~ /^0/ ? oct $_[0] : $_[0]; return unpack 'l', pack 'L', $key & 0xffffffff }

my $requests = msgget(key($ARGV[0]), 0) // die "msgget: $!\n";
my $replies = msgget(key($ARGV[1]), 0) // die "msgget: $!\n";
open my $file, '<', '/proc/sys/kernel/msgmax' or die "msgmax: $!\n";
chomp(my $msgmax = <$file>);

# A message is its type, a native long (l!), then its bytes.
sub send_message {
    my ($type, $bytes) = @_;
    until (msgsnd $replies, pack('l! a*', $type, $bytes), 0) { $! == EINTR or die "msgsnd: $!\n" }
}

sub receive_message {
    my $message = '';
    # The size is that of the bytes, without the type. 0: the oldest message, of any type.
    until (defined msgrcv $requests, $message, $msgmax, 0, 0) { $! == EINTR or die "msgrcv: $!\n" }
    return unpack 'l! a*', $message;
}

send_message(1, 'hello from Perl');
while (1) {
    my ($type, $bytes) = receive_message();
    last if $bytes eq 'quit';
    send_message($type, scalar reverse $bytes);
}
